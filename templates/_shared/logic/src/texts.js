const chinese = {
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
};

const english /*: typeof chinese */ = {
  online: 'Online',
  offline: 'Offline',
  loading: 'Loading…',
  details: 'Device details',
  readings: 'Status',
  switches: 'Switches',
  controls: 'Settings',
  more: 'More',
  on: 'On',
  off: 'Off',
  none: '--',
  less: 'Decrease',
  greater: 'Increase',
  send: 'OK',
  empty: 'This product has no property yet',
[% if "router" in features %]
  about: 'About the device',
  back: 'Back',
  productId: 'Product ID',
  deviceName: 'Device ID',
  room: 'Room',
[% endif %]
};

/** The panel's own words, in the language of the phone. Names of properties come from the thing model. */
export const texts = /^zh/i.test(navigator.language) ? chinese : english;
