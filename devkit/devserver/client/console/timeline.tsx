/** The timeline: one virtual list of all that happened, with filter, payloads and export. */

import { debounce } from 'es-toolkit/function'
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Api } from './api'
import { useStore, useWords } from './context'
import { type Entry, LANES, type Lane, laneOf, summaryOf } from './entries'
import { titleIn } from './entry-words'
import { JsonView } from './json-view'
import type { Log, LogView } from './log'
import type { Words } from './strings'

const ROW = 30
const OVERSCAN = 6
const SEARCH_MS = 150

function laneName(words: Words, lane: Lane): string {
  return words[`lane_${lane}`]
}

function timeText(time: number): string {
  const date = new Date(time)
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function LaneFilter({ log }: { log: Log }) {
  const words = useWords()
  const { filter, counts, failures } = log.view.value
  const { lanes } = filter
  const toggle = (lane: Lane) => {
    const next = new Set(lanes)
    if (!next.delete(lane)) next.add(lane)
    log.setFilter({ lanes: next })
  }
  return (
    <div class="lanes" role="group" aria-label={words.timeline}>
      {LANES.map((lane) => (
        <button
          type="button"
          key={lane}
          class="lane"
          data-lane={lane}
          aria-pressed={lanes.has(lane)}
          onClick={() => toggle(lane)}
        >
          <i aria-hidden="true" />
          {laneName(words, lane)}
          <b>{counts[lane]}</b>
        </button>
      ))}
      <button
        type="button"
        class="lane failures"
        aria-pressed={filter.failedOnly}
        onClick={() => log.setFilter({ failedOnly: !filter.failedOnly })}
      >
        {words.failedOnly}
        <b>{failures}</b>
      </button>
    </div>
  )
}

function SearchBox({ log }: { log: Log }) {
  const words = useWords()
  const search = useMemo(
    () => debounce((text: string) => log.setFilter({ needle: text.trim().toLowerCase() }), SEARCH_MS),
    [log],
  )
  useEffect(() => () => search.cancel(), [search])
  return (
    <input
      class="search"
      type="search"
      placeholder={words.search}
      aria-label={words.search}
      onInput={(event) => search(event.currentTarget.value)}
    />
  )
}

/** Whose timeline it is when it is that of one page; a click leads back to all. */
function PageFilter() {
  const store = useStore()
  const words = useWords()
  const page = store.remote.value.find(({ id }) => id === store.timelineOf.value)
  if (!page) return null
  return (
    <button
      type="button"
      class="lane of-page"
      aria-pressed="true"
      title={words.timelineOfAll}
      onClick={() => store.showTimelineOf('')}
    >
      {words.timelineOf(page.title || page.url)} ×
    </button>
  )
}

/** Save the entries that are shown, as the server gives them out: without secrets. */
async function exportLog(log: Log, api: Api): Promise<void> {
  const shown = new Set(log.view.peek().entries.map((entry) => entry.seq))
  const all = (await api.request('GET', '/timeline')) as { entries: Entry[] }
  const entries = all.entries.filter((entry) => shown.has(entry.seq))
  const url = URL.createObjectURL(
    new Blob([JSON.stringify({ entries }, null, 1)], { type: 'application/json' }),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = `timeline-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.json`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

interface RowProps {
  entry: Entry
  index: number
  total: number
  top: number
  selected: boolean
  onSelect(index: number): void
}

function Row({ entry, index, total, top, selected, onSelect }: RowProps) {
  const words = useWords()
  const store = useStore()
  const summary = summaryOf(entry)
  const lane = laneOf(entry.kind)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the list has the focus and the keys (aria-activedescendant)
    <div
      id={`entry-${entry.seq}`}
      class={`row ${summary.failed ? 'failed' : ''}`}
      data-lane={lane}
      role="option"
      aria-selected={selected}
      aria-setsize={total}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(index)}
    >
      <time>{timeText(entry.time)}</time>
      <span class="tag">{laneName(words, lane)}</span>
      <b>{titleIn(store.lang.value, entry, summary.title)}</b>
      <span class="text">{summary.text}</span>
      <span class="meta">{summary.meta}</span>
    </div>
  )
}

const STEPS: Record<string, (at: number, page: number, last: number) => number> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  PageDown: (at, page) => at + page,
  PageUp: (at, page) => at - page,
  Home: () => 0,
  End: (_at, _page, last) => last,
}

function bringIntoView(list: HTMLElement, index: number): void {
  const height = list.getBoundingClientRect().height // clientHeight may be rounded up
  if (index * ROW < list.scrollTop) list.scrollTop = index * ROW
  else if ((index + 1) * ROW > list.scrollTop + height) list.scrollTop = Math.ceil((index + 1) * ROW - height)
}

interface Place {
  top: number
  height: number
}

/** Keep the list's place: at the end while it follows, at the same rows when old ones leave. */
function usePlace(
  view: LogView,
  list: RefObject<HTMLDivElement | null>,
  follow: boolean,
): [Place, () => void] {
  const [place, setPlace] = useState<Place>({ top: 0, height: 600 })
  const dropped = useRef(0)
  const measure = () => {
    const node = list.current
    if (node)
      setPlace((old) =>
        old.top === node.scrollTop && old.height === node.clientHeight
          ? old
          : { top: node.scrollTop, height: node.clientHeight },
      )
  }
  useLayoutEffect(() => {
    const node = list.current
    if (!node) return
    if (follow) node.scrollTop = view.shown.length * ROW
    else if (view.dropped > dropped.current) node.scrollTop -= (view.dropped - dropped.current) * ROW
    dropped.current = view.dropped
    measure()
  })
  useEffect(() => {
    const observer = new ResizeObserver(measure)
    if (list.current) observer.observe(list.current)
    return () => observer.disconnect()
  }, [])
  return [place, measure]
}

interface ListProps {
  log: Log
  follow: boolean
  selected: number
  onFollow(follow: boolean): void
  onSelect(entry: Entry | null): void
}

/** Every row has one height, so what is in sight is two divisions: no library for lists of unknown heights. */
function List({ log, follow, selected, onFollow, onSelect }: ListProps) {
  const words = useWords()
  const list = useRef<HTMLDivElement>(null)
  const view = log.view.value
  const [place, measure] = usePlace(view, list, follow)
  const { shown } = view
  const first = Math.max(0, Math.floor(place.top / ROW) - OVERSCAN)
  const last = Math.min(shown.length, Math.ceil((place.top + place.height) / ROW) + OVERSCAN)
  const select = (index: number) => {
    const entry = shown[Math.max(0, Math.min(shown.length - 1, index))]
    if (!entry) return
    onFollow(false)
    onSelect(entry)
  }
  const onScroll = () => {
    const node = list.current
    if (!node) return
    const atEnd = node.scrollTop + node.clientHeight >= node.scrollHeight - ROW
    if (follow && !atEnd && node.scrollTop < place.top) onFollow(false)
    else if (!follow && atEnd && node.scrollTop > place.top) onFollow(true)
    measure()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (event.key === 'Escape') onSelect(null)
    if (!step || !shown.length) return
    event.preventDefault()
    const found = shown.findIndex((entry) => entry.seq === selected)
    const from = found < 0 ? (event.key === 'ArrowUp' ? shown.length : last - OVERSCAN - 1) : found
    const next = Math.max(
      0,
      Math.min(shown.length - 1, step(from, Math.floor(place.height / ROW) - 1, shown.length - 1)),
    )
    select(next)
  }
  useEffect(() => {
    const index = selected < 0 ? -1 : shown.findIndex((entry) => entry.seq === selected)
    if (index >= 0 && list.current) bringIntoView(list.current, index)
  }, [selected, place.height])
  const active = shown.slice(first, last).some((entry) => entry.seq === selected)
  return (
    <div
      class="rows"
      ref={list}
      role="listbox"
      tabIndex={0}
      aria-label={words.timeline}
      aria-activedescendant={active ? `entry-${selected}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div class="rows-inner" role="presentation" style={{ height: `${shown.length * ROW}px` }}>
        {shown.slice(first, last).map((entry, offset) => (
          <Row
            key={entry.seq}
            entry={entry}
            index={first + offset}
            total={shown.length}
            top={(first + offset) * ROW}
            selected={entry.seq === selected}
            onSelect={select}
          />
        ))}
      </div>
    </div>
  )
}

function Details({ entry, onClose }: { entry: Entry; onClose(): void }) {
  const words = useWords()
  const store = useStore()
  const copy = () =>
    navigator.clipboard.writeText(JSON.stringify(entry.data, null, 2)).then(
      () => store.say(words.copied),
      (error: unknown) => store.say(String(error)),
    )
  return (
    <section class="entry-details" aria-label={words.details}>
      <header>
        <span class="tag" data-lane={laneOf(entry.kind)}>
          {laneName(words, laneOf(entry.kind))}
        </span>
        <b>{titleIn(store.lang.value, entry, summaryOf(entry).title)}</b>
        <span class="muted">
          #{entry.seq} · {timeText(entry.time)}
        </span>
        <span class="gap" />
        <button type="button" class="small" onClick={() => void copy()}>
          {words.copy}
        </button>
        <button type="button" class="icon" aria-label={words.close} onClick={onClose}>
          ×
        </button>
      </header>
      <div class="entry-json" tabIndex={0} role="group" aria-label={words.payload}>
        <JsonView value={entry.data} />
      </div>
    </section>
  )
}

/** Count the entries that came since the list no longer follows. */
function useNews(shown: readonly Entry[], follow: boolean): number {
  const newest = shown[shown.length - 1]?.seq ?? 0
  const seen = useRef(newest)
  if (follow || newest < seen.current) seen.current = newest
  let count = 0
  for (let at = shown.length - 1; at >= 0 && (shown[at] as Entry).seq > seen.current; at -= 1) count += 1
  return count
}

export function Timeline() {
  const { api, log } = useStore()
  const words = useWords()
  const { entries, shown, missed } = log.view.value
  const [follow, setFollow] = useState(true)
  const [chosen, setChosen] = useState<Entry | null>(null)
  const news = useNews(shown, follow)
  const empty = entries.length ? words.emptyFilter : words.emptyTimeline
  return (
    <section class="timeline" aria-label={words.timeline}>
      <header>
        <h2>{words.timeline}</h2>
        <span class="muted count">
          {shown.length === entries.length ? '' : `${shown.length} ${words.of} `}
          {entries.length} {words.rows}
          {missed > 0 && ` · ${missed} ${words.missed}`}
        </span>
        <span class="gap" />
        <button type="button" class="small" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          {words.follow}
          {news > 0 && <span data-news> · {words.newEntries(news)}</span>}
        </button>
        <button
          type="button"
          class="small"
          onClick={() => {
            log.clear()
            setChosen(null)
          }}
        >
          {words.clear}
        </button>
        <button
          type="button"
          class="small"
          disabled={!api.canControl}
          onClick={() => void exportLog(log, api)}
        >
          {words.export}
        </button>
      </header>
      <div class="filters">
        <LaneFilter log={log} />
        <PageFilter />
        <SearchBox log={log} />
      </div>
      {shown.length === 0 && <p class="empty big">{empty}</p>}
      <List
        log={log}
        follow={follow}
        selected={chosen?.seq ?? -1}
        onFollow={setFollow}
        onSelect={setChosen}
      />
      {chosen && <Details entry={chosen} onClose={() => setChosen(null)} />}
    </section>
  )
}
