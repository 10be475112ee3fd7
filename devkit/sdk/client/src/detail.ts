/** showDeviceDetail and showGroupDetail: which lines they show and what a tap does. */

import type { PanelSdk } from './sdk'

/**
 * Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 showDeviceDetail; the owner of a device sees a red dot
 * for new firmware.
 */
export async function showDeviceDetail(sdk: PanelSdk, options: Record<string, any>): Promise<void> {
  const info = () => options.deviceInfo || sdk.deviceInfo || {}
  const deviceId: string = info().DeviceId || sdk.deviceId
  const own = deviceId === sdk.deviceId
  const owner = Boolean(sdk.isFamilyOwner) && !sdk.isShareDevice
  const group = (sdk.belongGroups || [])[0]
  setHooks({
    onEditName: async () => owner && sdk.goEditDeviceNamePage({ deviceId, name: info().AliasName }),
    onDeviceInfo: () => sdk.goDeviceInfoPage({ deviceId }),
    onGroup: () => sdk.link_.call('devkit.goGroupManagePage', [{ groupId: group, deviceId }]),
    onRoom: () => sdk.goRoomSettingPage({ deviceId }),
    onShare: () => sdk.goShareDevicePage({ deviceId, shareParams: options.shareParams }),
    onFirmware: () => sdk.firmwareUpgrade.showCheckUpgradeModal({ deviceId }),
    onDelete: () => sdk.deleteDevice({ deviceId }),
  })
  sdk.components_.deviceDetail.show(
    () => ({
      deviceName: info().AliasName || (own ? sdk.deviceDisplayName : '') || deviceId.split('/')[1] || '',
      roomName: sdk.roomName,
      isOwner: owner,
      isShared: Boolean(sdk.isShareDevice),
      ...(own && owner && !isBle(sdk) ? { group: group ? ('manage' as const) : ('create' as const) } : {}),
    }),
    options,
  )
  if (owner) await sdk.firmwareUpgrade.refreshRedDot({ deviceId }).catch(() => undefined)
}

/** Source: npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5 showGroupDetail. */
export async function showGroupDetail(sdk: PanelSdk, options: Record<string, any>): Promise<void> {
  const groupId = options.groupId || sdk.groupId
  setHooks({
    onEditName: () => sdk.link_.call('devkit.goEditGroupNamePage', [{ groupId, name: sdk.groupName }]),
    onGroup: () => sdk.link_.call('devkit.goGroupManagePage', [{ groupId }]),
    onRoom: () => sdk.link_.call('devkit.goGroupRoomSettingPage', [{ groupId }]),
    onShare: () => sdk.link_.call('devkit.goShareGroupPage', [{ groupId, shareParams: options.shareParams }]),
    onDelete: () => sdk.deleteGroup({ groupId }),
  })
  sdk.components_.deviceDetail.showGroup(
    () => ({
      groupName: sdk.groupName || '',
      roomName: sdk.roomName,
      isOwner: Boolean(sdk.isFamilyOwner),
      isShared: Boolean(sdk.isShareGroup),
    }),
    options,
  )
}

export type DetailHooks = Partial<
  Record<
    'onEditName' | 'onDeviceInfo' | 'onGroup' | 'onRoom' | 'onShare' | 'onFirmware' | 'onDelete',
    () => Promise<unknown>
  >
>

let hooks: DetailHooks = {}

function setHooks(next: DetailHooks): void {
  hooks = next
}

/** A tap on a line of the open view; failures show as a tip. */
export function tapped(sdk: PanelSdk, name: keyof DetailHooks): void {
  const act = hooks[name]
  if (act) Promise.resolve(act()).catch((error: unknown) => sdk.tips.showError(error))
}

function isBle(sdk: PanelSdk): boolean {
  return Boolean(sdk.isStandardBleDevice) || (sdk.productInfo || {}).NetType === 'ble'
}
