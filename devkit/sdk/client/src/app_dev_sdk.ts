/** appDevSdk: the official package. Its requests and subscriptions go over our link, pushes come from it. */

import { AppDevSdk } from 'qcloud-iotexplorer-appdev-sdk'
import type { PanelData } from './data'

export type PushData = [deviceId: string, type: string, subType: string, time: number, payload: any]

const REGION = 1

export function createAppDevSdk(data: PanelData, debug: boolean): any {
  return new AppDevSdk({
    debug,
    appKey: '',
    apiRegionId: data.apiRegionId || REGION,
    defaultUin: debug ? data.apiUin : undefined,
    getAccessToken: async () => ({ Token: (window as any).IOT_EXPLORER_ACCESS_TOKEN || 'devkit' }),
    wsConfig: { disconnectWhenAppHide: false, connectWhenAppShow: true, autoReconnect: true },
    enableAccessTokenCache: false,
    reporter: () => undefined,
  })
}

function toBase64(payload: unknown): string {
  return AppDevSdk.utils.base64.encode(JSON.stringify(payload))
}

/** Hand a push to the package as if its own socket had received it. */
export function deliverPush({ ws }: any, data: PushData): void {
  const [DeviceId, Type, SubType, Time, Payload] = data
  const raw = { push: true, action: 'DeviceChange', params: rawParams(data) }
  const parsed = { push: true, action: 'DeviceChange', params: { DeviceId, Type, SubType, Time, Payload } }
  ws.emit('push', raw)
  ws.emit('pushWithParsedData', parsed)
}

/** The texts cost time and few panels look at them, so they are made when they are read. */
function rawParams([DeviceId, Type, SubType, time, payload]: PushData): object {
  return {
    DeviceId,
    Type,
    SubType,
    get Time() {
      return new Date(time).toISOString()
    },
    get Payload() {
      return toBase64(payload)
    },
  }
}

/**
 * Names of the events that the SDK passes on. Source: npm qcloud-iotexplorer-appdev-sdk@3.0.115 EventTypes
 * that start with Ws.
 */
export function pushEvents(): string[] {
  const types: Record<string, string> = AppDevSdk.constants.EventTypes || {}
  return Object.keys(types)
    .filter((key) => key.startsWith('Ws'))
    .map((key) => types[key] as string)
}
