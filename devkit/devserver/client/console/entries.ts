/** What the timeline shows of an entry: its lane, a title, one line of detail, and whether it failed. */

import { KIND_LANES, type Kinds, LANES, type Lane } from './timeline.generated'

export { LANES, type Lane }

type Kind = keyof Kinds
/** session: of the page that it happened in; none when it is of no one page. */
type EntryOf<K extends Kind> = { seq: number; time: number; kind: K; data: Kinds[K]; session?: string }
export type Entry = { [K in Kind]: EntryOf<K> }[Kind]

/** Return the lane of the entries of a kind. */
export function laneOf(kind: Kind): Lane {
  return KIND_LANES[kind]
}

/** Return the fields of an object; {} for anything else. */
export function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

const MAX_BRIEF = 220
/** Fields that say nothing to a reader of one line; the payload has them. */
const UNTOLD = new Set([
  'RequestId',
  'clientToken',
  'ClientToken',
  'AccessToken',
  'method',
  'version',
  'timestamp',
])

/** Return a value as short JSON, without building the whole text of a large one. */
export function brief(value: unknown, budget = MAX_BRIEF): string {
  if (value === undefined) return ''
  if (typeof value === 'string' && /^[[{]/.test(value)) return value.slice(0, budget)
  if (typeof value === 'string')
    return value.length > budget ? `"${value.slice(0, budget)}…"` : JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const isList = Array.isArray(value)
  const parts: string[] = []
  let left = budget
  for (const [key, item] of Object.entries(value)) {
    if (UNTOLD.has(key)) continue
    if (left <= 0) {
      parts.push('…')
      break
    }
    const part = isList ? brief(item, left) : `${key}: ${brief(item, left)}`
    left -= part.length + 2
    parts.push(part)
  }
  return isList ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`
}

export interface Summary {
  title: string
  text: string
  meta: string
  failed: boolean
}

type Told = { title: string; text: unknown }

/** What a row tells of the entries of each kind. */
const READERS: { [K in Kind]: (data: Kinds[K]) => Told } = {
  sdk: (data) => ({
    title: data.member,
    text: withOutcome(argumentsOf(data.args), data.error ?? data.result),
  }),
  action: (data) => ({
    title: data.action,
    text: withOutcome(brief(data.params), data.error ?? data.response),
  }),
  push: (data) => ({
    title: [data.Type, data.SubType].filter(Boolean).join(' / '),
    text: brief(data.Payload),
  }),
  device: readDevice,
  mqtt: readMqtt,
  music: (data) => ({ title: 'syncSongList', text: brief(data.list) }),
  scenario: (data) => ({ title: data.act, text: data.error }),
  navigation: (data) => ({ title: data.api, text: data.url || brief(data.params) }),
  miniProgram: (data) =>
    'event' in data
      ? { title: data.event, text: brief(data.payload ?? undefined) }
      : { title: data.api, text: brief(data.params) },
  vibrate: (data) => ({ title: 'vibrate', text: data.type }),
  share: (data) => ({ title: 'setShareConfig', text: data['title'] ?? brief(data) }),
  'ble.call': (data) => ({
    title: data.api,
    text: withOutcome(brief(data.params ?? undefined), data.answer),
  }),
  'ble.event': (data) => ({ title: data.event, text: brief(data) }),
  'ble.found': (data) => ({ title: 'found', text: brief(data.devices) }),
  'ble.frame': (data) => ({
    title: `${data.kind} ${data.characteristic.slice(4, 8)}`,
    text: [data.words, data.value].filter(Boolean).join(' · '),
  }),
  'ble.hand': (data) => ({ title: `${data.act} by hand`, text: brief(data) }),
  build: (data) => ({ title: 'build', text: brief(data) }),
  'build-error': (data) => ({ title: 'build-error', text: data.message }),
  clock: (data) => ({ title: 'clock', text: brief(data) }),
  console: (data) => ({
    title: `console ${data.level}`,
    text: [data.file && data.line ? `${data.file}:${data.line}:${data.column ?? 1}` : '', data.text]
      .filter(Boolean)
      .join('  '),
  }),
  dialog: (data) => ({ title: data.type, text: data.message }),
  insight: (data) => ({ title: data.event, text: brief(data) }),
  link: (data) => ({
    title: `link ${data.state}`,
    text: data.reason ?? data.session,
  }),
  network: (data) => ({ title: 'blocked', text: data.blocked }),
  note: (data) => ({ title: 'note', text: data.message }),
  problem: (data) => ({ title: data.kind, text: data.text }),
  tip: (data) => ({ title: `tip ${data.type}`, text: data.message }),
  touch: (data) => ({ title: data.act, text: brief(data) }),
}

function readMqtt(data: EntryOf<'mqtt'>['data']) {
  if (data.act === 'fault') return { title: 'MQTT fault', text: brief(data.fault) }
  if (data.act === 'link') return { title: `MQTT ${data.state}`, text: data.words }
  const topic = data.topic.replace(`/${data.DeviceId}`, '')
  return { title: `MQTT ${data.what}`, text: `${data.words} · QoS ${data.qos} · ${topic}` }
}

function readDevice(data: Kinds['device']): Told {
  switch (data.act) {
    case 'report':
      return { title: data.act, text: brief(data.values) }
    case 'event':
      return { title: `${data.act} ${data.event}`, text: brief(data.params) }
    case 'ota':
      return { title: `${data.act} ${data.state}`, text: data.message ?? data.percent }
    case 'fault':
      return { title: data.act, text: brief(data.fault) }
    case 'firmware':
      return { title: data.act, text: data.version }
    case 'error':
      return { title: data.act, text: data.message }
    default:
      return { title: data.act, text: 'name' in data ? data.name : '' }
  }
}

/** Read an entry by its kind's row of the table: the type parameter ties the two together. */
function read<K extends Kind>(entry: EntryOf<K>): Told {
  return READERS[entry.kind](entry.data)
}

function argumentsOf(args: unknown): string {
  if (!Array.isArray(args)) return ''
  const given = [...args]
  while (given.length && given[given.length - 1] === null) given.pop()
  return given.map((item) => brief(item)).join(', ')
}

function withOutcome(given: string, outcome: unknown): string {
  return [given, brief(outcome ?? undefined)].filter(Boolean).join(' → ')
}

const cache = new WeakMap<Entry, Summary>()

/** Return what a row shows; computed once for an entry, and only when it is looked at. */
export function summaryOf(entry: Entry): Summary {
  const known = cache.get(entry)
  if (known) return known
  const told = read(entry)
  const ms = 'ms' in entry.data ? entry.data.ms : undefined
  const summary = {
    title: told.title || entry.kind,
    text: String(told.text ?? '').replace(/\s+/g, ' '),
    failed: hasFailed(entry),
    meta: typeof ms === 'number' && ms >= 0.05 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : '',
  }
  cache.set(entry, summary)
  return summary
}

const FAILED_LEVELS = new Set(['error', 'exception', 'rejection'])
/** What tells that something went wrong; kinds that are not here go well. */
const FAILURES: { [K in Kind]?: (data: Kinds[K]) => unknown } = {
  sdk: (data) => data.error,
  action: (data) => data.error,
  device: (data) => data.act === 'error',
  mqtt: (data) => data.act === 'link' && ['refused', 'warning'].includes(data.state),
  scenario: () => true,
  miniProgram: (data) => 'error' in data,
  'build-error': () => true,
  console: (data) => FAILED_LEVELS.has(data.level),
  link: (data) => data.state === 'refused',
  problem: () => true,
}

function failure<K extends Kind>(entry: EntryOf<K>): unknown {
  return FAILURES[entry.kind]?.(entry.data)
}

/** Tell whether an entry is about something that went wrong. */
export function hasFailed(entry: Entry): boolean {
  return Boolean(failure(entry))
}

/** Tell whether a lower-case needle occurs anywhere in an entry. */
export function matches(entry: Entry, needle: string): boolean {
  if (!needle) return true
  if (entry.kind.toLowerCase().includes(needle)) return true
  return (JSON.stringify(entry.data) ?? '').toLowerCase().includes(needle)
}
