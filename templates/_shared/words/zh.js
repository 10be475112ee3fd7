  online: '在线',
  offline: '离线',
  loading: '加载中…',
  details: '设备详情',
  readings: '状态',
  switches: '开关',
  controls: '设置',
  more: '更多信息',
  on: '开',
  off: '关',
  none: '--',
  less: '减小',
  greater: '增大',
  send: '确定',
  empty: '这个产品还没有定义属性',
[% if "router" in features %]
  about: '关于设备',
  back: '返回',
  productId: '产品 ID',
  deviceName: '设备 ID',
  room: '房间',
[% endif %]
[% if bluetooth %]
  bluetooth: '蓝牙',
  links: {
    searching: '正在寻找设备…',
    missing: '未找到设备',
    connecting: '正在连接…',
    connected: '蓝牙已连接',
    lost: '连接已断开',
    off: '蓝牙未打开',
    failed: '连接失败',
  },
  hints: {
    searching: '请让手机靠近设备',
    missing: '请确认设备已开机，并靠近手机',
    connecting: '马上就好',
    lost: '正在重新连接…',
    off: '请打开手机的蓝牙',
  },
  retry: '重试',
  unknownError: '蓝牙出错了，请重试',
  addDevice: '添加设备',
  searchTitle: '正在搜索附近的设备…',
  searchHint: '请打开设备，并靠近手机',
  noneTitle: '未发现设备',
  noneHint: '请确认设备已开机，并靠近手机',
  offTitle: '蓝牙未打开',
  offHint: '请打开手机的蓝牙',
  searchAgain: '重新搜索',
  nearby: '附近的设备',
  unnamed: '未命名设备',
  add: '添加',
  adding: '添加中…',
  addFailed: '添加失败',
  addedTitle: '添加成功',
  addedHint: '设备已加入您的家庭',
  openPanel: '打开设备',
[% endif %]
[% if bluetooth == "llsync" %]
  firmware: '固件',
  version: '当前版本',
  checkUpgrade: '检查更新',
  upToDate: '已是最新版本',
  upgradeTo: '升级到',
  upgrading: '正在升级，请勿离开',
  upgraded: '升级成功',
  upgradeFailed: '升级失败',
  stages: { download: '下载固件', send: '传输固件', restart: '设备重启中' },
[% endif %]
[% if "history" in features or "timer" in features %]
  property: '属性',
[% endif %]
[% if "history" in features or "timer" in features or "share" in features or gateway %]
  reload: '重新加载',
[% endif %]
[% if "timer" in features or "share" in features %]
  remove: '删除',
[% endif %]
[% if "history" in features %]
  history: '历史',
  period: '时间范围',
  periods: ['24 小时', '7 天'],
  noHistory: '还没有数据',
  now: '现在',
[% endif %]
[% if "timer" in features %]
  timers: '定时',
  noTimers: '还没有定时',
  addTimer: '添加定时',
  time: '时间',
  days: '重复',
  value: '执行',
  once: '仅一次',
  daily: '每天',
  weekdays: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
  cancel: '取消',
  save: '保存',
[% endif %]
[% if "share" in features %]
  sharing: '设备分享',
  notShared: '还没有分享给任何人',
  invite: '分享给家人朋友',
  sharedWithYou: '这是分享给您的设备',
  giveBack: '不再使用',
[% endif %]
[% if "i18n" in features %]
  language: '语言',
  phoneLanguage: '跟随手机',
[% endif %]
[% if group %]
  members: '组内设备',
[% endif %]
[% if gateway %]
  subDevices: '子设备',
  noSubDevices: '还没有子设备',
  outsideFamily: '未加入家庭',
  addSubDevice: '添加子设备',
[% endif %]
