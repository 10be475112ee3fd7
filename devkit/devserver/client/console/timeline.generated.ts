// Generated from devkit/timeline/kinds.py and devkit/transport/acts.py by `python -m devkit.devserver.generate`.

export const LANES = ["sdk", "cloud", "push", "device", "mini", "ble", "page"] as const

export type Lane = (typeof LANES)[number]

/**
 * A page's call of the SDK, with its result, or the error that its promise was rejected with.
 */
export interface SdkCall {
  member: string
  args: unknown
  result?: unknown
  error?: unknown
  ms: number
}

/**
 * A call of the cloud, with its response, or the error {code, msg} that it was answered with.
 */
export interface ActionCall {
  action: string
  params: Record<string, unknown>
  response?: Record<string, unknown>
  error?: Record<string, unknown>
  ms: number
}

/**
 * A server message about a device.
 *
 * type and sub_type are the platform's words ("Property", "Report"); payload is the decoded JSON of the
 * wire's base64 text.
 * Source: docs/reference/protocol.md section 3.
 */
export interface Push {
  DeviceId: string
  Type: string
  SubType: string
  Time: number
  Payload: unknown
}

/**
 * A device reported properties, {property id: value}.
 */
export interface DeviceReport {
  act: "report"
  DeviceId: string
  values: Record<string, unknown>
}

/**
 * A device posted an event of the thing model.
 */
export interface DeviceEvent {
  act: "event"
  DeviceId: string
  event: string
  params: Record<string, unknown>
}

/**
 * A device connected.
 */
export interface DeviceOnline {
  act: "online"
  DeviceId: string
}

/**
 * A device lost its connection.
 */
export interface DeviceOffline {
  act: "offline"
  DeviceId: string
}

/**
 * A device told how far its upgrade is: downloading, burning, updating, done or fail.
 */
export interface UpgradeProgress {
  act: "ota"
  DeviceId: string
  state: string
  percent: number
  message?: string
}

/**
 * The script of a virtual device failed.
 */
export interface DeviceFailure {
  act: "error"
  DeviceId: string
  message: string
}

/**
 * A firmware was published for a device's product.
 */
export interface FirmwareOffer {
  act: "firmware"
  DeviceId: string
  version: string
}

/**
 * A device joined Wi-Fi and brought a provisioning token; family: what the token was made for.
 */
export interface TokenBrought {
  act: "provision"
  DeviceId: string
  family?: string
}

/**
 * A timer of a device went off.
 */
export interface TimerRun {
  act: "timer"
  DeviceId: string
  name: string
}

/**
 * An automation of a family started.
 */
export interface AutomationRun {
  act: "automation"
  name: string
}

/**
 * The faults of the cloud changed; fault has all of them as they are now.
 */
export interface FaultChange {
  act: "fault"
  fault: Record<string, unknown>
}

/**
 * A message over MQTT: "up" from the device or "down" to it; ms: since the request that it answers.
 */
export interface MqttPacket {
  act: "packet"
  DeviceId: string
  what: string
  topic: string
  qos: number
  payload: unknown
  words: string
  ms?: number
}

/**
 * A device's connection over MQTT: connected, subscribed, refused, warning or closed, and why.
 */
export interface MqttLink {
  act: "link"
  DeviceId: string
  state: string
  words: string
}

/**
 * The faults of a device's messages over MQTT changed; fault has all of them as they are now.
 */
export interface MqttFault {
  act: "fault"
  DeviceId: string
  fault: Record<string, unknown>
}

/**
 * A panel sent a device a play list.
 */
export interface SongListSync {
  device: string
  list: Record<string, unknown>
}

/**
 * A step of a YAML scenario that could not be done.
 */
export interface ScenarioRefusal {
  act: string
  value: unknown
  error: string
}

/**
 * A wx.miniProgram call of a panel; url is "" for APIs without one.
 */
export interface MiniProgramCall {
  api: string
  params: Record<string, unknown>
  time: number
  url: string
}

/**
 * A wx.miniProgram call that failed in the page, where the SDK swallows it.
 */
export interface MiniProgramFailure {
  api: string
  params: unknown
  error: string
}

/**
 * The page or the mini program came to the front or went to the back: pageShow, appHide.
 */
export interface MiniProgramState {
  event: string
  payload: unknown
}

/**
 * A wx.miniProgram call that leads away from the panel.
 */
export interface Navigation {
  api: string
  params: Record<string, unknown>
  time: number
  url: string
}

/**
 * A panel set what a shared card shows: title, imgUrl.
 */
export interface ShareCard {
  [name: string]: unknown
}

/**
 * A panel let the phone vibrate.
 */
export interface Vibration {
  type: string | null
}

/**
 * A page's call of WeChat's Bluetooth; a failure is an answer, too.
 */
export interface BleCall {
  api: string
  params: unknown
  answer: Record<string, unknown>
  session: string
  ms: number
}

/**
 * A change of a phone's adapter or of a connection.
 */
export interface BleChange {
  event: string
  [name: string]: unknown
  session: string
}

/**
 * Devices that a phone heard for the first time.
 */
export interface BleFound {
  devices: Array<unknown>
  session: string
}

/**
 * A value on the air, in hex and, where it is known, in words; what: write, read, notify or lost.
 */
export interface AirFrame {
  address: string
  kind: string
  service: string
  characteristic: string
  value: string
  words: string
}

/**
 * What a person did to a peripheral in the console, and what came of it.
 */
export interface HandAct {
  address: string
  act: string
  [name: string]: unknown
}

/**
 * The panel was built; js and css tell which of them changed, sizes are in bytes.
 */
export interface BuildDone {
  js: boolean
  css: boolean
  bytes: number
  css_bytes: number
  ms: number
}

/**
 * The panel could not be built.
 */
export interface BuildFailure {
  message: string
}

/**
 * A test let time pass.
 */
export interface ClockAdvance {
  advance_ms: number
}

/**
 * A page's console: levels error, warn, exception (uncaught) and rejection (unhandled).
 *
 * The place is that of the source where its map knows it; frame holds the lines around it.
 */
export interface ConsoleLine {
  level: string
  text: string
  file?: string
  line?: number
  column?: number
  frame?: string
}

/**
 * A panel in a test opened a dialog: alert, confirm, prompt or beforeunload.
 */
export interface DialogShown {
  type: string
  message: string
}

/**
 * A panel reported something to the platform's statistics; it stays on this machine.
 */
export interface InsightReport {
  event: string
  [name: string]: unknown
}

/**
 * A page opened or closed its link, or was refused.
 */
export interface LinkChange {
  state: string
  session?: string
  page?: unknown
  reason?: string
}

/**
 * A test kept a panel from the network.
 */
export interface BlockedRequest {
  blocked: string
}

/**
 * What a program wants to have said, and what a page told in a shape that no kind has.
 */
export interface Note {
  message: string
  data?: unknown
}

/**
 * A panel in a test did what fails the test: exception, crash or navigation.
 */
export interface PanelProblem {
  kind: string
  text: string
}

/**
 * A panel showed a tip.
 */
export interface TipShown {
  message: string
  type: string
}

/**
 * A person clicked, filled or selected something, while a test is recorded.
 *
 * It is the nth (from 0) of so many elements with role and name; else text or css finds it.
 */
export interface Touch {
  act: string
  role?: string
  name?: string
  nth?: number
  of?: number
  text?: string
  css?: string
  value?: string
}

/** What the entries of a kind hold. */
export interface Kinds {
  "sdk": SdkCall
  "action": ActionCall
  "push": Push
  "device": DeviceReport | DeviceEvent | DeviceOnline | DeviceOffline | UpgradeProgress | DeviceFailure | FirmwareOffer | TokenBrought | TimerRun | AutomationRun | FaultChange
  "mqtt": MqttPacket | MqttLink | MqttFault
  "music": SongListSync
  "scenario": ScenarioRefusal
  "miniProgram": MiniProgramCall | MiniProgramFailure | MiniProgramState
  "navigation": Navigation
  "share": ShareCard
  "vibrate": Vibration
  "ble.call": BleCall
  "ble.event": BleChange
  "ble.found": BleFound
  "ble.frame": AirFrame
  "ble.hand": HandAct
  "build": BuildDone
  "build-error": BuildFailure
  "clock": ClockAdvance
  "console": ConsoleLine
  "dialog": DialogShown
  "insight": InsightReport
  "link": LinkChange
  "network": BlockedRequest
  "note": Note
  "problem": PanelProblem
  "tip": TipShown
  "touch": Touch
}

export const KIND_LANES: Readonly<Record<keyof Kinds, Lane>> = {
  "sdk": "sdk",
  "action": "cloud",
  "push": "push",
  "device": "device",
  "mqtt": "device",
  "music": "device",
  "scenario": "device",
  "miniProgram": "mini",
  "navigation": "mini",
  "share": "mini",
  "vibrate": "mini",
  "ble.call": "ble",
  "ble.event": "ble",
  "ble.found": "ble",
  "ble.frame": "ble",
  "ble.hand": "ble",
  "build": "page",
  "build-error": "page",
  "clock": "page",
  "console": "page",
  "dialog": "page",
  "insight": "page",
  "link": "page",
  "network": "page",
  "note": "page",
  "problem": "page",
  "tip": "page",
  "touch": "page",
}

/** The bodies of the acts of a device. */
export interface DeviceActs {
  /** Report properties, {property: value}. */
  report: Record<string, unknown>
  /** Post an event of the thing model. */
  event: { eventId: string; params?: Record<string, unknown> }
  /** Connect or disconnect. */
  status: { online: boolean }
  /** Join Wi-Fi with a provisioning token, by default the newest that no device has brought. */
  provision: { token?: string }
  /** Change the faults of the cloud; {} clears them, an error of null clears one. */
  fault: { latency_ms?: number; drop?: number; errors?: Record<string, unknown>; firmware?: number }
  /** Change what goes wrong between the cloud and firmware that is the device; {} clears it, cut and takeover end its connection. */
  mqtt_fault: { loss?: number; delay_ms?: number; duplicate?: number; errors?: Record<string, unknown>; refuse?: boolean; cut?: boolean; takeover?: boolean }
  /** Send firmware that is the device a call (RRPC), a broadcast, raw bytes, the log level or a file. */
  send: { rrpc?: string; broadcast?: string; raw?: string; log_level?: number; file?: string; text?: string }
  /** Offer a version, with an invented image unless there is one. */
  firmware: { version: string; description?: string; md5?: string }
}
