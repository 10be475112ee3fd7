/** The control API: act as the device, as the mini program, and on the faults of the cloud. */

import type { Words } from './strings'
import type { DeviceActs } from './timeline.generated'

export interface Boot {
  panelUrl: string
  productId: string
  deviceName: string
  controlToken: string
  /** DevTools can be attached to pages. */
  debug: boolean
  liveToken: string
  server: string
  lang: string
  problem: string
  /** Panels of a repository with many, and the one that runs. */
  panels: string[]
  panel: string
}

const PREFIX = '/__devkit/api'

export class ApiError extends Error {}

export class Api {
  constructor(
    private readonly token: string,
    private readonly words: () => Words,
  ) {}

  get canControl(): boolean {
    return this.token !== ''
  }

  /** Perform a request with JSON or a file; rejects with an ApiError in plain words. */
  async request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}` }
    const init: RequestInit = { method, headers }
    if (body instanceof Blob) {
      init.body = body
    } else if (body !== undefined) {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    let response: Response
    try {
      response = await fetch(PREFIX + path, init)
    } catch {
      throw new ApiError(this.words().serverSilent)
    }
    const answer: unknown = await response.json().catch(() => ({}))
    if (response.ok) return answer
    const error = (answer as { error?: { msg?: string } }).error
    throw new ApiError(error?.msg ?? this.words().serverAnswered(response.status))
  }

  /** Fetch a file that only the token opens. */
  async file(path: string): Promise<Blob> {
    const response = await fetch(PREFIX + path, { headers: { authorization: `Bearer ${this.token}` } })
    if (response.ok) return response.blob()
    const answer: unknown = await response.json().catch(() => ({}))
    const error = (answer as { error?: { msg?: string } }).error
    throw new ApiError(error?.msg ?? this.words().serverAnswered(response.status))
  }

  /** Act as a device. */
  act<Act extends keyof DeviceActs>(deviceId: string, act: Act, body: DeviceActs[Act]): Promise<unknown> {
    return this.request(
      'POST',
      `/devices/${deviceId.split('/').map(encodeURIComponent).join('/')}/${act}`,
      body,
    )
  }

  /** Return the URL of the socket that tells of everything new after entry number since. */
  socketUrl(since: number): string {
    return `${PREFIX}/live?${new URLSearchParams({ token: this.token, since: String(since) }).toString()}`
  }
}
