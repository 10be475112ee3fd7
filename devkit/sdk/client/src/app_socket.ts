/** What the official application development SDK uses as WebSocket: subscriptions go to Python. */

import { currentLink } from './current'

type Callback = (event: any) => void

/**
 * Source: npm qcloud-iotexplorer-appdev-sdk@3.0.115 utils/WebSocket. Pushes do not come this way, see sdk.ts.
 */
export class WebSocket {
  private readonly callbacks: Record<string, Callback[]> = {}

  constructor(readonly url: string) {
    setTimeout(() => this.fire('open', {}))
  }

  send({ data }: { data: string }): void {
    const { action, reqId, params } = JSON.parse(data)
    const answer = (result: unknown) =>
      this.fire('message', { data: JSON.stringify({ reqId, data: result }) })
    if (action === 'ActivePush') {
      currentLink()
        .call('devkit.subscribe', [params.DeviceIds])
        .then(answer, () => undefined)
      return
    }
    setTimeout(() => answer({ Result: 'OK' }))
  }

  close(): void {
    setTimeout(() => this.fire('close', { code: 1000, reason: '' }))
  }

  onOpen(callback: Callback): void {
    this.listen('open', callback)
  }

  onClose(callback: Callback): void {
    this.listen('close', callback)
  }

  onMessage(callback: Callback): void {
    this.listen('message', callback)
  }

  onError(callback: Callback): void {
    this.listen('error', callback)
  }

  private listen(type: string, callback: Callback): void {
    const known = this.callbacks[type] || (this.callbacks[type] = [])
    known.push(callback)
  }

  private fire(type: string, event: unknown): void {
    for (const callback of this.callbacks[type] || []) callback(event)
  }
}
