/** The words of the console's tabs beside the device: the gallery. */

import { useStore } from './context'

const en = {
  tabs: 'Parts of the console',
  device: 'Device',
  gallery: 'Gallery',
  frames: (count: number) => `${count} ${count === 1 ? 'frame' : 'frames'}`,
  size: 'Size of the frames',
  findState: 'Find a state',
  noFile: (file: string) => `There is no ${file} yet.`,
  writeFirst: 'Write a first one from the thing model',
  firstHint: 'It gets a state for each value that is worth a look. Keep those that matter.',
  stale: 'What was shown last stays until the file is mended.',
  waiting: 'Loads when it comes into view',
  values: 'Values',
  choose: (state: string) => `Values of ${state}`,
  resetFrame: 'As in the file',
  reloadFrame: 'Load again',
  openTab: 'Open in a tab',
  saveState: 'Save as a state',
  saveHint: (file: string) => `Add the device as it is now to ${file}`,
  newName: 'Name, a new one when empty',
  saved: (name: string) => `Saved as ${name}.`,
  threw: 'The panel failed here',
  stepFailed: 'A step failed',
  dark: 'dark',
  onlyLocal: 'Open the console on the machine that runs devkit: this page may only look.',
}

export type TabWords = typeof en

const zh: TabWords = {
  tabs: '控制台的各部分',
  device: '设备',
  gallery: '状态画廊',
  frames: (count: number) => `${count} 个画面`,
  size: '画面大小',
  findState: '查找状态',
  noFile: (file: string) => `还没有 ${file}。`,
  writeFirst: '根据物模型生成',
  firstHint: '每个值得查看的取值各生成一个状态，保留需要的即可。',
  stale: '文件修复之前，继续显示上一次的内容。',
  waiting: '滚动到此处时加载',
  values: '取值',
  choose: (state: string) => `${state} 的取值`,
  resetFrame: '恢复为文件中的状态',
  reloadFrame: '重新加载',
  openTab: '在新标签页打开',
  saveState: '保存为状态',
  saveHint: (file: string) => `把设备当前的状态添加到 ${file}`,
  newName: '名称，留空则自动命名',
  saved: (name: string) => `已保存为 ${name}。`,
  threw: '面板在此状态下出错',
  stepFailed: '步骤失败',
  dark: '深色',
  onlyLocal: '请在运行 devkit 的电脑上打开控制台：此页面只能查看。',
}

const WORDS: Record<'en' | 'zh', TabWords> = { en, zh }

export function useTabWords(): TabWords {
  return WORDS[useStore().lang.value]
}
