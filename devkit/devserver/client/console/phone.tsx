/** The phone: a frame of a real model's size around the panel, with the mini program's bar above it. */

import { type Signal, signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import { fields } from './entries'
import type { Build, Finding } from './store'
import { storedSignal } from './stored'

interface Preset {
  name: string
  width: number
  height: number
  status: number
  radius: number
  notch: boolean
}

/** Sizes in CSS px; status is the height of the phone's own bar. */
const PRESETS: readonly Preset[] = [
  { name: 'iPhone SE', width: 375, height: 667, status: 20, radius: 12, notch: false },
  { name: 'iPhone 14', width: 390, height: 844, status: 47, radius: 46, notch: true },
  { name: 'iPhone 16 Pro Max', width: 440, height: 956, status: 62, radius: 54, notch: true },
  { name: 'Pixel 8', width: 412, height: 915, status: 38, radius: 34, notch: false },
  { name: 'Xiaomi 14', width: 393, height: 851, status: 36, radius: 36, notch: false },
  { name: 'HUAWEI Mate 60', width: 388, height: 864, status: 36, radius: 38, notch: true },
  { name: 'Small Android', width: 360, height: 640, status: 24, radius: 10, notch: false },
  { name: 'iPad mini', width: 744, height: 1133, status: 24, radius: 22, notch: false },
]
const NAV_BAR = 44
const MAX_TITLE = 200
const BEZEL = 11
const ZOOMS = ['fit', '0.5', '0.75', '1', '1.25'] as const

const preset = storedSignal('preset', 'iPhone 14', PRESETS.map((item) => item.name) as [string, ...string[]])
const zoom = storedSignal<(typeof ZOOMS)[number]>('zoom', 'fit', ZOOMS)
const rotated = storedSignal<'yes' | 'no'>('rotated', 'no', ['yes', 'no'])
const panelDark = storedSignal<'yes' | 'no'>('panelDark', 'no', ['yes', 'no'])
const panelLang = signal<'en' | 'zh' | null>(null)

function flip(choice: Signal<'yes' | 'no'>): void {
  choice.value = choice.value === 'yes' ? 'no' : 'yes'
}

/** Return the URL of the panel in a language, null for the one the server chose. */
function panelUrl(url: string, lang: 'en' | 'zh' | null): string {
  const address = new URL(url, location.href)
  if (lang) address.searchParams.set('lang', lang)
  return address.href
}

function px(size: number): string {
  return `${size}px`
}

function Toolbar({ url }: { url: string }) {
  const store = useStore()
  const words = useWords()
  const chosen = panelLang.value ?? (store.boot.lang === 'zh' ? 'zh' : 'en')
  return (
    <div class="toolbar" role="toolbar" aria-label={words.phone}>
      <select
        aria-label={words.preset}
        value={preset.value}
        onChange={(event) => (preset.value = event.currentTarget.value)}
      >
        {PRESETS.map((item) => (
          <option key={item.name} value={item.name} title={`${item.width} × ${item.height}`}>
            {item.name}
          </option>
        ))}
      </select>
      <select
        aria-label={words.zoom}
        value={zoom.value}
        onChange={(event) => (zoom.value = event.currentTarget.value as (typeof ZOOMS)[number])}
      >
        {ZOOMS.map((item) => (
          <option key={item} value={item}>
            {item === 'fit' ? words.zoomFit : `${Number(item) * 100} %`}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="tool"
        aria-pressed={rotated.value === 'yes'}
        title={words.rotate}
        aria-label={words.rotate}
        onClick={() => flip(rotated)}
      >
        ⟳
      </button>
      <button
        type="button"
        class="tool"
        aria-pressed={panelDark.value === 'yes'}
        title={words.panelDark}
        aria-label={words.panelDark}
        onClick={() => flip(panelDark)}
      >
        ◐
      </button>
      <button
        type="button"
        class="tool"
        title={words.panelLang}
        aria-label={`${words.panelLang}: ${chosen === 'zh' ? '中 (中文)' : 'EN (English)'}`}
        onClick={() => (panelLang.value = chosen === 'zh' ? 'en' : 'zh')}
      >
        {chosen === 'zh' ? '中' : 'EN'}
      </button>
      <button
        type="button"
        class="tool end"
        title={words.reload}
        aria-label={words.reload}
        onClick={() => (store.reloads.value += 1)}
      >
        ↻
      </button>
      <a
        class="tool"
        href={url}
        target="_blank"
        rel="noopener"
        title={words.openTab}
        aria-label={words.openTab}
      >
        ↗
      </a>
    </div>
  )
}

function BuildErrors({ build }: { build: Build }) {
  const words = useWords()
  if (build.state === 'failed')
    return (
      <div class="build-errors" role="alert">
        <strong>{build.title || words.buildFailed}</strong>
        <Findings findings={build.findings} />
      </div>
    )
  if (build.warnings.length === 0) return null
  return (
    <details class="build-errors warned">
      <summary>{words.warnings(build.warnings.length)}</summary>
      <Findings findings={build.warnings} />
    </details>
  )
}

export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul>
      {findings.map((finding, index) => (
        <li key={index}>
          {finding.file && (
            <code>
              {finding.file}
              {[finding.line, finding.column].map((at) => (at ? `:${at}` : ''))}
            </code>
          )}
          <span>{finding.message}</span>
          {finding.hint && <em>{finding.hint}</em>}
        </li>
      ))}
    </ul>
  )
}

/** Return the size of an element's inside, kept up to date. */
function useSize(ref: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const node = ref.current
    if (!node) return
    const measure = () => setSize({ width: node.clientWidth, height: node.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(node)
    measure()
    return () => observer.disconnect()
  }, [ref])
  return size
}

function Clock() {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 10_000)
    return () => clearInterval(timer)
  }, [])
  return <span>{now.toTimeString().slice(0, 5)}</span>
}

function StatusBar({ shape, title, dark }: { shape: Preset; title: string; dark: boolean }) {
  return (
    <div class={`phone-bars ${dark ? 'dark' : ''}`} aria-hidden="true">
      <div class="status-bar" style={{ height: px(shape.status) }}>
        <Clock />
        {shape.notch && <i class="island" />}
        <span class="battery">5G ▮</span>
      </div>
      <div class="nav-bar" style={{ height: px(NAV_BAR) }}>
        <span class="chevron" />
        <b>{title}</b>
        <span class="capsule">
          <i>•••</i>
          <i>◉</i>
        </span>
      </div>
    </div>
  )
}

/** Return the title of the panel's page, as the mini program's bar shows it: the page tells, it is not ours. */
function useFrameTitle(frame: { current: HTMLIFrameElement | null }, url: string): string {
  const [title, setTitle] = useState('')
  useLayoutEffect(() => {
    const origin = new URL(url).origin
    const listen = ({ source, origin: from, data }: MessageEvent<unknown>) => {
      if (from !== origin || source !== frame.current?.contentWindow) return
      const told = fields(data)['devkitTitle']
      if (typeof told === 'string') setTitle(told.slice(0, MAX_TITLE))
    }
    window.addEventListener('message', listen)
    return () => window.removeEventListener('message', listen)
  }, [url])
  return title
}

export function Phone() {
  const store = useStore()
  const words = useWords()
  const stage = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLIFrameElement>(null)
  const room = useSize(stage)
  const chosen = preset.value
  const shape = PRESETS.find((item) => item.name === chosen) ?? (PRESETS[1] as Preset)
  const turned = rotated.value === 'yes'
  const dark = panelDark.value === 'yes'
  const width = (turned ? shape.height : shape.width) + 2 * BEZEL
  const height = (turned ? shape.width : shape.height) + 2 * BEZEL
  const wanted = zoom.value
  const fit = room.width ? Math.min(1, room.width / width, room.height / height) : 1
  const scale = wanted === 'fit' ? fit : Number(wanted)
  const url = panelUrl(store.boot.panelUrl, panelLang.value)
  const key = `${url} ${store.reloads.value}`
  const title = useFrameTitle(frame, url)
  return (
    <section class="phone" aria-label={words.phone}>
      <Toolbar url={url} />
      <BuildErrors build={store.build.value} />
      <div class="stage" ref={stage}>
        <div class="scaled" style={{ width: px(width * scale), height: px(height * scale) }}>
          <div
            class="device"
            style={{
              width: px(width),
              height: px(height),
              padding: px(BEZEL),
              borderRadius: px(shape.radius + BEZEL),
              transform: `scale(${scale})`,
            }}
          >
            <div class="screen" style={{ borderRadius: px(shape.radius) }}>
              {!turned && <StatusBar shape={shape} title={title} dark={dark} />}
              <iframe
                key={key}
                ref={frame}
                src={url}
                title={words.panel}
                style={{ colorScheme: dark ? 'dark' : 'light' }}
              />
            </div>
          </div>
        </div>
      </div>
    </section>
  )
}
