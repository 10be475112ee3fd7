/** The entries that the console holds, and those of them that the filter lets through. */

import { type ReadonlySignal, signal } from '@preact/signals'
import { type Entry, hasFailed, LANES, type Lane, laneOf, matches } from './entries'

export const CAPACITY = 20_000
const TRIM = 2_000

export interface Filter {
  lanes: ReadonlySet<Lane>
  needle: string
  failedOnly: boolean
  /** Sessions of the one page whose timeline this is; null for all pages. */
  sessions: readonly string[] | null
}

/**
 * What components draw of the log.
 *
 * counts has all entries by lane, whether they are shown or not; dropped counts rows that left shown at the
 * front, so that a list can keep its place; missed counts entries that the server no longer had.
 */
export interface LogView {
  entries: readonly Entry[]
  shown: readonly Entry[]
  counts: Readonly<Record<Lane, number>>
  failures: number
  dropped: number
  missed: number
  filter: Filter
}

/** The view changes once a frame at most, however fast entries come. */
export class Log {
  private entries: Entry[] = []
  private shown: Entry[] = []
  private counts: Record<Lane, number> = emptyCounts()
  private failures = 0
  private dropped = 0
  private missed = 0
  private filter: Filter = { lanes: new Set(LANES), needle: '', failedOnly: false, sessions: null }
  private scheduled = false
  private readonly current = signal<LogView>(this.look())

  get view(): ReadonlySignal<LogView> {
    return this.current
  }

  /** Add entries at the end; missed counts those between them and the last ones that are lost. */
  add(batch: readonly Entry[], missed: number): void {
    this.missed += missed
    for (const entry of batch) {
      this.entries.push(entry)
      this.counts[laneOf(entry.kind)] += 1
      if (hasFailed(entry)) this.failures += 1
      if (this.passes(entry)) this.shown.push(entry)
    }
    if (this.entries.length > CAPACITY) this.trim()
    this.changed()
  }

  clear(): void {
    this.entries = []
    this.shown = []
    this.counts = emptyCounts()
    this.failures = this.dropped = this.missed = 0
    this.changed()
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
    this.shown = this.entries.filter((entry) => this.passes(entry))
    this.changed()
  }

  private passes(entry: Entry): boolean {
    const { lanes, needle, failedOnly, sessions } = this.filter
    if (sessions && entry.session && !sessions.includes(entry.session)) return false
    return lanes.has(laneOf(entry.kind)) && (!failedOnly || hasFailed(entry)) && matches(entry, needle)
  }

  private trim(): void {
    const gone = this.entries.splice(0, this.entries.length - CAPACITY + TRIM)
    const last = gone[gone.length - 1]?.seq ?? 0
    for (const entry of gone) this.counts[laneOf(entry.kind)] -= 1
    this.failures -= gone.filter(hasFailed).length
    let cut = 0
    while (cut < this.shown.length && (this.shown[cut] as Entry).seq <= last) cut += 1
    this.shown.splice(0, cut)
    this.dropped += cut
  }

  private changed(): void {
    if (this.scheduled) return
    this.scheduled = true
    requestAnimationFrame(() => {
      this.scheduled = false
      this.current.value = this.look()
    })
  }

  /** The lists are ours, without a copy: a new view of them tells that they changed. */
  private look(): LogView {
    const { entries, shown, counts, failures, dropped, missed, filter } = this
    return { entries, shown, counts: { ...counts }, failures, dropped, missed, filter }
  }
}

function emptyCounts(): Record<Lane, number> {
  return { sdk: 0, cloud: 0, push: 0, device: 0, mini: 0, ble: 0, page: 0 }
}
