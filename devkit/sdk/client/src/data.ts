/** The page's data: PANEL_DATA onto the SDK object, as ordinary mutable fields. */

export type PanelData = Record<string, any>

/**
 * Fields copied one to one. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, docs/reference/protocol.md
 * section 1.3.
 */
const FIELDS = [
  'isMock',
  'familyId',
  'familyInfo',
  'isFamilyOwner',
  'roomId',
  'userInfo',
  'deviceInfo',
  'deviceId',
  'deviceData',
  'deviceStatus',
  'deviceDisplayName',
  'isShareDevice',
  'roomList',
  'lid',
  'quid',
  'isStandardBleDevice',
  'thirdPlatformId',
  'thirdAccessToken',
  'productConfig',
  'productInfo',
  'groupInfo',
  'groupId',
  'groupName',
  'isShareGroup',
  'belongGroups',
]

/** Return the fields of the SDK object for PANEL_DATA, with those that follow from others. */
export function fieldsOf(data: PanelData): PanelData {
  const product = data.productInfo || {}
  const [productId, deviceName]: string[] = data.deviceId ? data.deviceId.split('/') : [product.ProductId, '']
  const fields: PanelData = {}
  for (const name of FIELDS) fields[name] = data[name]
  fields.deviceData = data.deviceData || {}
  fields.productId = productId
  fields.deviceName = deviceName
  fields.roomList = data.roomList || []
  fields.uin = (data.userInfo || {}).UserID
  fields.roomName = roomName(fields.roomList, data.deviceInfo)
  return fields
}

/** Return the name of the device's room, '' when it has none. */
export function roomName(rooms: any[] | undefined, device: any): string {
  const room = (rooms || []).find((item) => item && item.RoomId === (device || {}).RoomId)
  return (room || {}).RoomName || ''
}

/** Return the thing model in productInfo; {} when it is not JSON, undefined when there is none. */
export function dataTemplateOf(product: any): any {
  if (!product || !product.DataTemplate) return undefined
  if (typeof product.DataTemplate !== 'string') return product.DataTemplate
  try {
    return JSON.parse(product.DataTemplate)
  } catch {
    return {}
  }
}

/** Return what a mock device reports of a control; its times are in seconds. */
export function mockReport(data: any): Record<string, { LastUpdate: number; Value: unknown }> {
  const report: Record<string, { LastUpdate: number; Value: unknown }> = {}
  for (const id of Object.keys(data || {})) {
    report[id] = { LastUpdate: Math.round(Date.now() / 1000), Value: data[id] }
  }
  return report
}
