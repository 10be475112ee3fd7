/** The words that the components show. Chinese is the real SDK's own wording (protocol.md 5.2, 5.4, 5.5). */

export type Lang = 'zh' | 'en'

const zh = {
  loading: '加载中…',
  networkError: '连接服务器失败，请稍后再试',
  cancel: '取消',
  confirm: '确定',
  dialog: '对话框',
  offlineTitle: '设备已离线',
  offlineLead: '请检查：',
  offlineChecks: [
    '设备是否有电；',
    '设备连接的路由器是否工作正常，网络通畅；',
    '是否修改了路由器的名称或密码，可以尝试重新连接；',
    '设备是否与路由器距离过远、隔墙或有其他遮挡物。',
  ],
  feedback: '问题反馈',
  backHome: '返回首页',
  detail: '设备详情',
  deviceName: '设备名称',
  deviceInfo: '设备信息',
  manageGroup: '管理群组',
  createGroup: '创建群组',
  groupName: '群组名称',
  room: '房间设置',
  share: '设备分享',
  shareGroup: '群组分享',
  firmware: '固件升级',
  firmwareNew: '有新固件',
  deleteDevice: '删除设备',
  removeShared: '移除分享设备',
  deleteGroup: '删除群组',
  removeSharedGroup: '移除分享群组',
  newFirmware: '发现新固件',
  newFirmwareText: '发现设备有新版本({dst})，是否升级？',
  checking: '正在检查…',
  upgradable: '可升级固件',
  upgradableText: '当前固件版本为{current}\n最新固件版本为{dst}\n是否升级？',
  upgradeNow: '立即升级',
  upToDate: '已是最新版本',
  currentVersion: '当前固件版本为{current}',
  checkFailed: '检查固件更新失败',
  miniProgram: '小程序',
  openedPage: '面板打开了小程序页面',
  openedProgram: '面板打开了另一个小程序',
  page: '页面',
  parameters: '参数',
  noParameters: '无参数',
  back: '返回面板',
  vibrate: '震动',
  preview: '预览版本：{version}',
  exitPreview: '确认要退出预览版本？',
}

export type Strings = typeof zh

const en: Strings = {
  loading: 'Loading…',
  networkError: 'Cannot reach the server. Try again later.',
  cancel: 'Cancel',
  confirm: 'OK',
  dialog: 'Dialog',
  offlineTitle: 'Device is offline',
  offlineLead: 'Please check:',
  offlineChecks: [
    'whether the device has power;',
    'whether its router works and has a connection;',
    "whether the router's name or password was changed; if so, connect again;",
    'whether the device is too far from the router, or behind walls.',
  ],
  feedback: 'Feedback',
  backHome: 'Back to home',
  detail: 'Device details',
  deviceName: 'Device name',
  deviceInfo: 'Device info',
  manageGroup: 'Manage group',
  createGroup: 'Create group',
  groupName: 'Group name',
  room: 'Room',
  share: 'Share device',
  shareGroup: 'Share group',
  firmware: 'Firmware',
  firmwareNew: 'New firmware available',
  deleteDevice: 'Delete device',
  removeShared: 'Remove shared device',
  deleteGroup: 'Delete group',
  removeSharedGroup: 'Remove shared group',
  newFirmware: 'New firmware found',
  newFirmwareText: 'Version {dst} is available for this device. Upgrade now?',
  checking: 'Checking…',
  upgradable: 'Firmware can be upgraded',
  upgradableText: 'Current version: {current}\nLatest version: {dst}\nUpgrade now?',
  upgradeNow: 'Upgrade now',
  upToDate: 'Firmware is up to date',
  currentVersion: 'Current version: {current}',
  checkFailed: 'Checking for new firmware failed',
  miniProgram: 'Mini program',
  openedPage: 'The panel opened a mini program page',
  openedProgram: 'The panel opened another mini program',
  page: 'Page',
  parameters: 'Parameters',
  noParameters: 'No parameters',
  back: 'Back to the panel',
  vibrate: 'Vibrates',
  preview: 'Preview version: {version}',
  exitPreview: 'Leave the preview version?',
}

const ALL: Record<Lang, Strings> = { zh, en }

/** Return the words of a language. */
export function stringsOf(lang: Lang): Strings {
  return ALL[lang]
}

/** Return text with each {name} replaced by its value. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
