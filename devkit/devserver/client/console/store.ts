/** Everything the console knows: fed by the sockets of the dev server, changed through the control API. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { keepSocket } from '../src/kept-socket'
import { Api, ApiError, type Boot } from './api'
import { type Entry, fields } from './entries'
import { Log } from './log'
import { type MiniProgramState, NO_PAGES, readStack } from './mini-program-state'
import { type Frame, type Peripheral, readFrames, updatePeripherals } from './peripherals'
import { storedSignal } from './stored'
import { WORDS } from './strings'
import { readModel, type ThingModel } from './thing-model'
import type { DeviceActs } from './timeline.generated'

export interface Device {
  id: string
  online: boolean
  /** Firmware plays it, over MQTT. */
  real: boolean
  /** The Python class that plays it otherwise. */
  playedBy: string
  link: LinkFault
  properties: Record<string, unknown>
  firmware: Firmware | null
}

/** What goes wrong between the cloud and firmware; only what is on. */
export interface LinkFault {
  loss?: number
  delay_ms?: number
  duplicate?: number
  errors?: Record<string, number>
  refuse?: boolean
}

export interface Fault {
  latency_ms: number
  drop: number
  errors: Record<string, { code: string | number; msg: string }>
  /** Result code of every upgrade; 0 or nothing lets them succeed. */
  firmware?: number
}

/** status is that of AppDescribeFirmwareUpdateStatus; offered is "" when there is nothing to upgrade to. */
export interface Firmware {
  current: string
  offered: string
  status: number
  percent: number
  message: string
}

export interface Finding {
  message: string
  file: string
  line: number
  column: number
  hint: string
}

export interface Build {
  state: 'waiting' | 'ok' | 'failed'
  title: string
  findings: Finding[]
  /** What the build and the thing model warn of; the panel runs all the same. */
  warnings: Finding[]
  at: number
}

/** A page that DevTools can be attached to; asleep when its phone is. */
export interface RemotePage {
  id: string
  title: string
  url: string
  userAgent: string
  width: number
  height: number
  address: string
  awake: boolean
  /** Of the simulator, one for each time that it was loaded; none on the platform's own page. */
  sessions: readonly string[]
}

export interface Toast {
  id: number
  text: string
}

const NO_FAULT: Fault = { latency_ms: 0, drop: 0, errors: {} }

export class Store {
  readonly api: Api
  readonly log = new Log()
  readonly lang: Signal<'en' | 'zh'>
  readonly theme = storedSignal('theme', 'auto', ['auto', 'light', 'dark'] as const)
  readonly devices = signal<Record<string, Device>>({})
  readonly deviceId: Signal<string>
  readonly model: ReadonlySignal<ThingModel>
  readonly fault = signal<Fault>(NO_FAULT)
  readonly pages = signal<MiniProgramState>(NO_PAGES)
  readonly build = signal<Build>({ state: 'waiting', title: '', findings: [], warnings: [], at: 0 })
  readonly connected = signal(false)
  readonly problem: Signal<string>
  readonly real = signal(false)
  readonly remote = signal<readonly RemotePage[]>([])
  /** The page to inspect whose timeline is shown; '' for that of all pages. */
  readonly timelineOf = signal('')
  /** Grows when the gallery has changed. */
  readonly gallery = signal(0)
  /** Grows when an audit began, went on or ended. */
  readonly audit = signal(0)
  /** Grows when something is new about the tests. */
  readonly tests = signal(0)
  readonly peripherals = signal<Record<string, Peripheral>>({})
  readonly peripheral = signal('')
  readonly frames = signal<readonly Frame[]>([])
  readonly toast = signal<Toast | null>(null)
  readonly reloads = signal(0)
  private readonly models = signal<Record<string, unknown>>({})
  private last = 0
  private toasts = 0

  constructor(readonly boot: Boot) {
    this.api = new Api(boot.controlToken, () => WORDS[this.lang.value])
    this.lang = storedSignal('lang', boot.lang === 'zh' ? 'zh' : 'en', ['en', 'zh'] as const)
    this.problem = signal(boot.problem)
    this.deviceId = signal(`${boot.productId}/${boot.deviceName}`)
    this.model = computed(() => readModel(this.models.value[this.deviceId.value]))
  }

  /** Connect, and stay connected. */
  start(): void {
    this.followBuild()
    if (this.api.canControl) this.followEntries()
  }

  /** Act as the device; a refusal becomes a message. */
  async act<Act extends keyof DeviceActs>(act: Act, body: DeviceActs[Act]): Promise<boolean> {
    return this.attempt(() => this.api.act(this.deviceId.value, act, body))
  }

  /** Perform any other request of the control API; a refusal becomes a message. */
  async post(path: string, body: unknown): Promise<boolean> {
    return this.attempt(() => this.api.request('POST', path, body))
  }

  /** Act on a peripheral by hand; a refusal becomes a message. */
  async air(address: string, act: string, body: unknown): Promise<boolean> {
    return this.attempt(() => this.api.request('POST', `/radio/${address}/${act}`, body))
  }

  /** Publish a firmware file for the device's product; a refusal becomes a message. */
  async upload(about: Record<string, string>, file: Blob): Promise<boolean> {
    const query = new URLSearchParams(about).toString()
    return this.attempt(() => this.api.request('POST', `/firmware/${this.devicePath}?${query}`, file))
  }

  /** The device's id as a part of URLs. */
  get devicePath(): string {
    return this.deviceId.value.split('/').map(encodeURIComponent).join('/')
  }

  say(text: string): void {
    this.toast.value = { id: ++this.toasts, text }
  }

  private async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.say(error instanceof ApiError ? error.message : String(error))
      return false
    }
  }

  private followEntries(): void {
    keepSocket(window, {
      server: this.boot.server,
      url: () => this.api.socketUrl(this.last),
      message: (data) => batch(() => this.receive(fields(JSON.parse(String(data))))),
      state: (connected) => (this.connected.value = connected),
    })
  }

  private receive(message: Record<string, unknown>): void {
    this.problem.value = String(message['problem'] ?? '')
    if (message['reset']) {
      this.last = 0
      this.devices.value = {}
      this.log.clear()
      this.pages.value = NO_PAGES
      this.peripherals.value = {}
      this.frames.value = []
    }
    if (message['real']) this.real.value = true
    if (message['models']) this.models.value = fields(message['models'])
    if (message['devices']) this.takeDevices(fields(message['devices']))
    if (message['fault']) this.fault.value = { ...NO_FAULT, ...fields(message['fault']) } as Fault
    if (Array.isArray(message['remote'])) {
      this.remote.value = message['remote'] as RemotePage[]
      if (this.timelineOf.value) this.filterByPage()
    }
    if (typeof message['gallery'] === 'number') this.gallery.value = message['gallery']
    if (typeof message['audit'] === 'number') this.audit.value = message['audit']
    if (typeof message['tests'] === 'number') this.tests.value = message['tests']
    if (message['radio']) this.takeRadio(fields(message['radio']))
    const entries = message['entries']
    if (Array.isArray(entries) && entries.length)
      this.takeEntries(entries as Entry[], Number(message['missed'] ?? 0))
  }

  /** Show the timeline of one page to inspect, '' for that of all pages. */
  showTimelineOf(id: string): void {
    this.timelineOf.value = id
    this.filterByPage()
  }

  private filterByPage(): void {
    const page = this.remote.value.find(({ id }) => id === this.timelineOf.value)
    if (!page) this.timelineOf.value = ''
    this.log.setFilter({ sessions: page?.sessions ?? null })
  }

  private takeDevices(changed: Record<string, unknown>): void {
    const devices = { ...this.devices.value }
    for (const [id, raw] of Object.entries(changed)) {
      const data = fields(raw)
      devices[id] = {
        id,
        online: Boolean(data['online']),
        real: Boolean(data['real']),
        playedBy: String(data['played_by'] ?? ''),
        link: fields(data['link']) as LinkFault,
        properties: fields(data['properties']),
        firmware: (data['firmware'] as Firmware | undefined) ?? null,
      }
    }
    this.devices.value = devices
    const ids = Object.keys(devices)
    if (!devices[this.deviceId.value] && ids[0]) this.deviceId.value = ids[0]
  }

  private takeRadio(changed: Record<string, unknown>): void {
    const known = updatePeripherals(this.peripherals.value, changed)
    const first = Object.keys(this.peripherals.value).length === 0 ? Object.keys(known)[0] : undefined
    this.peripherals.value = known
    if (first) this.peripheral.value = first
    else if (!known[this.peripheral.value]) this.peripheral.value = ''
  }

  private takeEntries(entries: Entry[], missed: number): void {
    this.last = entries[entries.length - 1]?.seq ?? this.last
    this.log.add(entries, missed)
    this.pages.value = readStack(this.pages.value, entries)
    this.frames.value = readFrames(this.frames.value, entries)
  }

  private followBuild(): void {
    keepSocket(window, {
      server: this.boot.server,
      url: () => `/__devkit/live?${new URLSearchParams({ token: this.boot.liveToken }).toString()}`,
      message: (data) => {
        if (typeof data === 'string') this.takeBuild(fields(JSON.parse(data))) // files are for the panel's page
      },
    })
  }

  private takeBuild(message: Record<string, unknown>): void {
    if (message['type'] !== 'hello' && message['type'] !== 'status') return
    const error = fields(message['error'])
    const findings = Array.isArray(error['findings']) ? (error['findings'] as Finding[]) : []
    const warnings = Array.isArray(message['warnings']) ? (message['warnings'] as Finding[]) : []
    const state = message['error'] ? 'failed' : message['js'] ? 'ok' : 'waiting'
    this.build.value = { state, title: String(error['title'] ?? ''), findings, warnings, at: Date.now() }
  }
}
