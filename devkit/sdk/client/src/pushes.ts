/** What the cloud pushes, passed on to the panel: as an event, to the handler that it set, and into the SDK's data. */

import { pushEvents } from './app_dev_sdk'
import type { PanelSdk } from './sdk'
import { speechOf } from './speech'

/** Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 injectEventsHandler. */
export function passOnPushes(sdk: PanelSdk): void {
  for (const name of pushEvents()) {
    const setter = `on${name[0]?.toUpperCase()}${name.slice(1)}`
    const slot = `_${name}Handler`
    sdk[setter] = (handler: (event: unknown) => void) => {
      sdk[slot] = handler
      return sdk
    }
    sdk.appDevSdk.on(name, (event: any) => {
      follow(sdk, name, event)
      void sdk.emit(name, event)
      if (typeof sdk[slot] === 'function') sdk[slot](event)
      const speech = name === 'wsControl' && speechOf(event)
      if (speech) void sdk.emit('asrResponse', speech)
    })
  }
}

/** Keep the data of the page's own device up to date. */
function follow(sdk: PanelSdk, name: string, event: any): void {
  if (name === 'wsReport' && event.deviceId === sdk.deviceId) {
    for (const id of Object.keys(event.deviceData || {})) sdk.deviceData[id] = event.deviceData[id].Value
  } else if (name === 'wsStatusChange' && event.deviceId === sdk.deviceId) {
    sdk.deviceStatus = event.deviceStatus
  } else if (name === 'wsSubDeviceChange' && event.gatewayDeviceId === sdk.deviceId) {
    sdk.getSubDeviceList().then(
      (found: any) => sdk.emit('subDeviceChange', found.subDeviceList),
      (error: unknown) => console.error('getSubDeviceList', error),
    )
  }
}
