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
[% if bluetooth %]
  bluetooth: 'Bluetooth',
  links: {
    searching: 'Looking for the device…',
    missing: 'Device not found',
    connecting: 'Connecting…',
    connected: 'Bluetooth connected',
    lost: 'Connection lost',
    off: 'Bluetooth is off',
    failed: 'Connection failed',
  },
  hints: {
    searching: 'Keep the phone near the device',
    missing: 'See that it is on and near the phone',
    connecting: 'One moment',
    lost: 'Connecting again…',
    off: 'Switch on the phone’s Bluetooth',
  },
  retry: 'Try again',
  unknownError: 'Bluetooth failed; please try again',
  addDevice: 'Add a device',
  searchTitle: 'Searching nearby…',
  searchHint: 'Switch the device on and keep it near',
  noneTitle: 'No device found',
  noneHint: 'See that it is on and near the phone',
  offTitle: 'Bluetooth is off',
  offHint: 'Switch on the phone’s Bluetooth',
  searchAgain: 'Search again',
  nearby: 'Devices nearby',
  unnamed: 'Unnamed device',
  add: 'Add',
  adding: 'Adding…',
  addFailed: 'Not added',
  addedTitle: 'Added',
  addedHint: 'The device is in your home now',
  openPanel: 'Open the device',
[% endif %]
[% if bluetooth == "llsync" %]
  firmware: 'Firmware',
  version: 'Version',
  checkUpgrade: 'Check for updates',
  upToDate: 'Up to date',
  upgradeTo: 'Upgrade to',
  upgrading: 'Upgrading; stay on this page',
  upgraded: 'Upgraded',
  upgradeFailed: 'Upgrade failed',
  stages: { download: 'Downloading', send: 'Sending', restart: 'Restarting' },
[% endif %]
[% if "history" in features or "timer" in features %]
  property: 'Property',
[% endif %]
[% if "history" in features or "timer" in features or "share" in features or gateway %]
  reload: 'Try again',
[% endif %]
[% if "timer" in features or "share" in features %]
  remove: 'Remove',
[% endif %]
[% if "history" in features %]
  history: 'History',
  period: 'Period',
  periods: ['24 hours', '7 days'],
  noHistory: 'No data yet',
  now: 'now',
[% endif %]
[% if "timer" in features %]
  timers: 'Timers',
  noTimers: 'No timer yet',
  addTimer: 'Add a timer',
  time: 'Time',
  days: 'Repeat',
  value: 'Value',
  once: 'Once',
  daily: 'Every day',
  weekdays: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  cancel: 'Cancel',
  save: 'Save',
[% endif %]
[% if "share" in features %]
  sharing: 'Sharing',
  notShared: 'Not shared with anybody yet',
  invite: 'Share with family and friends',
  sharedWithYou: 'This device is shared with you',
  giveBack: 'Give it back',
[% endif %]
[% if "i18n" in features %]
  language: 'Language',
  phoneLanguage: 'As the phone',
[% endif %]
[% if group %]
  members: 'Devices',
[% endif %]
[% if gateway %]
  subDevices: 'Sub-devices',
  noSubDevices: 'No sub-device yet',
  outsideFamily: 'Not in your family yet',
  addSubDevice: 'Add a sub-device',
[% endif %]
