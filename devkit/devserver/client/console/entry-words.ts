/** The Chinese of titles that devkit makes: those of the SDK, the cloud and WeChat stay what the panel's code says. */

import type { Entry } from './entries'

const CHINESE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // A device
    report: '上报',
    event: '事件',
    online: '上线',
    offline: '离线',
    ota: '升级',
    downloading: '下载中',
    burning: '烧录中',
    updating: '更新中',
    done: '完成',
    fail: '失败',
    error: '错误',
    firmware: '固件',
    provision: '配网',
    timer: '定时',
    automation: '自动化',
    fault: '故障',
    status: '状态',
    send: '发送',
    wait: '等待',
    repeat: '重复',
    // MQTT
    up: '上行',
    down: '下行',
    connected: '已连接',
    subscribed: '已订阅',
    refused: '被拒绝',
    warning: '警告',
    closed: '已关闭',
    note: '备注',
    // Bluetooth
    found: '发现设备',
    write: '写入',
    read: '读取',
    notify: '通知',
    lost: '丢失',
    'by-hand': '（手动）',
    move: '移动',
    air: '信号',
    connect: '连接',
    disconnect: '断开',
    listen: '监听',
    // The page
    vibrate: '振动',
    build: '构建',
    'build-error': '构建失败',
    clock: '时钟',
    console: '控制台',
    warn: '警告',
    exception: '异常',
    rejection: '未处理的拒绝',
    link: '链路',
    open: '已打开',
    blocked: '已拦截',
    tip: '提示',
    success: '成功',
    info: '信息',
    loading: '加载中',
    hide: '隐藏',
    crash: '崩溃',
    navigation: '跳转',
    click: '点击',
    fill: '输入',
    select: '选择',
  }),
)
const THEIR_OWN: ReadonlySet<Entry['kind']> = new Set<Entry['kind']>([
  'sdk',
  'action',
  'push',
  'music',
  'navigation',
  'miniProgram',
  'share',
  'ble.call',
  'ble.event',
  'insight',
])

/** Return an entry's title in a language. */
export function titleIn(lang: 'en' | 'zh', entry: Entry, title: string): string {
  if (lang === 'en' || THEIR_OWN.has(entry.kind)) return title
  const words = title.replace(' by hand', ' by-hand').split(' ')
  // The second word of an event is its id.
  const ours = entry.kind === 'device' && words[0] === 'event' ? 1 : words.length
  return words.map((word, at) => (at < ours ? (CHINESE.get(word) ?? word) : word)).join(' ')
}
