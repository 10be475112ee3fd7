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
export function deliverPush(appDevSdk: any, [deviceId, type, subType, time, payload]: PushData): void {
  const head = { DeviceId: deviceId, Type: type, SubType: subType, Time: new Date(time).toISOString() }
  const raw = { push: true, action: 'DeviceChange', params: { ...head } }
  // The text form costs time and few panels look at it.
  Object.defineProperty(raw.params, 'Payload', { enumerable: true, get: () => toBase64(payload) })
  appDevSdk.ws.emit('push', raw)
  appDevSdk.ws.emit('pushWithParsedData', {
    push: true,
    action: 'DeviceChange',
    params: { ...head, Time: time, Payload: payload },
  })
}

/** Names of the events that the SDK passes on. Source: the package's EventTypes that start with Ws. */
export function pushEvents(): string[] {
  const types: Record<string, string> = AppDevSdk.constants.EventTypes || {}
  return Object.keys(types)
    .filter((key) => key.startsWith('Ws'))
    .map((key) => types[key] as string)
}
