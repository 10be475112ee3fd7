/** What the timeline shows of an entry: its lane, a title, one line of detail, and whether it failed. */

export interface Entry {
  seq: number
  time: number
  kind: string
  data: unknown
}

export type Lane = 'sdk' | 'cloud' | 'push' | 'device' | 'mini' | 'ble' | 'page'
export const LANES: readonly Lane[] = ['sdk', 'cloud', 'push', 'device', 'mini', 'ble', 'page']

const KIND_LANES: Record<string, Lane> = {
  sdk: 'sdk',
  call: 'sdk',
  action: 'cloud',
  cloud: 'cloud',
  push: 'push',
  navigation: 'mini',
  miniProgram: 'mini',
  vibrate: 'mini',
  share: 'mini',
  wx: 'mini',
  report: 'device',
  event: 'device',
  status: 'device',
  device: 'device',
  fault: 'device',
  firmware: 'device',
  ota: 'device',
  scenario: 'device',
  music: 'device',
}

/** Return the lane of an entry; kinds that nobody named go by their beginning, else to the page. */
export function laneOf(kind: string): Lane {
  const known = KIND_LANES[kind]
  if (known) return known
  if (kind.startsWith('ble') || kind.startsWith('gatt')) return 'ble'
  if (kind.startsWith('device')) return 'device'
  return 'page'
}

/** Return the fields of an object; {} for anything else. */
export function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function pick(data: Record<string, unknown>, ...names: string[]): unknown {
  for (const name of names) if (data[name] !== undefined && data[name] !== null) return data[name]
  return undefined
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

type Reader = (data: Record<string, unknown>) => { title: unknown; text?: unknown }

const READERS: Record<string, Reader> = {
  sdk: (data) => ({
    title: data['member'],
    text: [argumentsOf(data['args']), outcome(data)].filter(Boolean).join(' → '),
  }),
  action: (data) => ({
    title: pick(data, 'action', 'Action', 'name'),
    text: [brief(pick(data, 'params', 'request')), outcome(data)].filter(Boolean).join(' → '),
  }),
  push: (data) => ({
    title: [data['Type'], data['SubType']].filter(Boolean).join(' / '),
    text: brief(data['Payload']),
  }),
  device: (data) => ({
    title: [data['act'], data['event'] ?? data['state']].filter(Boolean).join(' '),
    text: brief(pick(data, 'values', 'params', 'fault', 'percent', 'version', 'name', 'message')),
  }),
  navigation: (data) => ({ title: data['api'], text: data['url'] || brief(data['params']) }),
  miniProgram: (data) => ({
    title: pick(data, 'api', 'event'),
    text: brief(pick(data, 'params', 'payload')),
  }),
  vibrate: (data) => ({ title: 'vibrate', text: data['type'] ?? '' }),
  share: (data) => ({ title: 'setShareConfig', text: data['title'] ?? brief(data) }),
  'ble.frame': (data) => ({
    title: `${String(data['kind'])} ${String(data['characteristic']).slice(4, 8)}`,
    text: [data['words'], data['value']].filter(Boolean).join(' · '),
  }),
  'ble.call': (data) => ({
    title: data['api'],
    text: [brief(data['params']), brief(data['answer'])].filter(Boolean).join(' → '),
  }),
  'ble.event': (data) => ({ title: data['event'], text: brief(data) }),
  'ble.found': (data) => ({ title: 'found', text: brief(data['devices']) }),
  'ble.hand': (data) => ({ title: `${String(data['act'])} by hand`, text: brief(data) }),
  link: (data) => ({
    title: `link ${String(data['state'] ?? '')}`,
    text: pick(data, 'reason', 'session', 'page') ?? '',
  }),
  console: (data) => ({ title: `console ${String(data['level'] ?? '')}`.trim(), text: data['text'] }),
  tip: (data) => ({ title: `tip ${String(data['type'] ?? '')}`.trim(), text: data['message'] }),
  insight: (data) => ({ title: data['event'], text: brief(data) }),
  music: (data) => ({ title: 'syncSongList', text: brief(data['list']) }),
  scenario: (data) => ({ title: data['act'], text: data['error'] ?? brief(data['value']) }),
  'panel-error': (data) => ({ title: 'panel error', text: data['message'] ?? brief(data) }),
}

function argumentsOf(args: unknown): string {
  if (!Array.isArray(args)) return ''
  const given = [...args]
  while (given.length && given[given.length - 1] === null) given.pop()
  return given.map((item) => brief(item)).join(', ')
}

function outcome(data: Record<string, unknown>): string {
  if (data['error']) return brief(data['error'])
  return brief(pick(data, 'result', 'response'))
}

const cache = new WeakMap<Entry, Summary>()

/** Return what a row shows; computed once for an entry, and only when it is looked at. */
export function summaryOf(entry: Entry): Summary {
  const known = cache.get(entry)
  if (known) return known
  const data = fields(entry.data)
  const read = READERS[entry.kind]?.(data) ?? {
    title: entry.kind,
    text: Object.keys(data).length ? (pick(data, 'message', 'text') ?? brief(entry.data)) : brief(entry.data),
  }
  const ms = data['ms']
  const summary = {
    title: String(read.title ?? '') || entry.kind,
    text: String(read.text ?? '').replace(/\s+/g, ' '),
    meta: typeof ms === 'number' && ms >= 0.05 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : '',
    failed: hasFailed(entry),
  }
  cache.set(entry, summary)
  return summary
}

const FAILED_LEVELS = new Set(['error', 'exception', 'rejection'])

/** Tell whether an entry is about something that went wrong. */
export function hasFailed(entry: Entry): boolean {
  if (entry.kind.endsWith('error')) return true
  const data = fields(entry.data)
  return (
    Boolean(data['error']) ||
    FAILED_LEVELS.has(String(data['level'])) ||
    data['state'] === 'refused' ||
    data['act'] === 'error'
  )
}

/** Tell whether a lower-case needle occurs anywhere in an entry. */
export function matches(entry: Entry, needle: string): boolean {
  if (!needle) return true
  if (entry.kind.toLowerCase().includes(needle)) return true
  return (JSON.stringify(entry.data) ?? '').toLowerCase().includes(needle)
}
