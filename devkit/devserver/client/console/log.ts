/** The entries that the console holds, and those of them that the filter lets through. */

import { type Entry, hasFailed, LANES, type Lane, laneOf, matches } from './entries'

export const CAPACITY = 20_000
const TRIM = 2_000

export interface Filter {
  lanes: ReadonlySet<Lane>
  needle: string
  failedOnly: boolean
}

/**
 * Listeners hear of changes once a frame at most, however fast entries come.
 *
 * dropped counts entries that left at the front, so that a list can keep its place.
 */
export class Log {
  entries: Entry[] = []
  shown: Entry[] = []
  counts: Record<Lane, number> = emptyCounts()
  failures = 0
  dropped = 0
  missed = 0
  filter: Filter = { lanes: new Set(LANES), needle: '', failedOnly: false }
  private readonly listeners = new Set<() => void>()
  private scheduled = false

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  add(batch: readonly Entry[]): void {
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
    const { lanes, needle, failedOnly } = this.filter
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
      for (const listener of [...this.listeners]) listener()
    })
  }
}

function emptyCounts(): Record<Lane, number> {
  return { sdk: 0, cloud: 0, push: 0, device: 0, mini: 0, ble: 0, page: 0 }
}
