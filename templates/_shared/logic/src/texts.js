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
};

/** The panel's own words, in the language of the phone. Names of properties come from the thing model. */
export const texts = /^zh/i.test(navigator.language) ? chinese : english;
