/** The page: a head, the phone, the inspector, and the timeline. */

import { useEffect } from 'preact/hooks'
import { AuditCard } from './audit'
import { useStore, useWords } from './context'
import { FirmwareCard } from './firmware'
import { Gallery } from './gallery'
import { ActionsCard, EventsCard, PropertiesCard } from './inspector'
import { Phone } from './phone'
import { FramesCard, GattCard, RadioCard } from './radio'
import { RemoteCard } from './remote'
import type { Build } from './store'
import { FaultsCard, MiniProgramCard } from './surroundings'
import { TABS, type Tab, tab } from './tab'
import { useTabWords } from './tab-strings'
import { Tests } from './tests'
import { Timeline } from './timeline'

const TOAST_MS = 6000

function BuildPill({ build }: { build: Build }) {
  const words = useWords()
  const text = { ok: words.buildOk, failed: words.buildFailed, waiting: words.buildWaiting }[build.state]
  const time = build.at ? new Date(build.at).toTimeString().slice(0, 8) : ''
  return (
    <span class={`pill ${build.state}`} data-build={build.state}>
      <i aria-hidden="true" />
      {text} {build.state === 'waiting' ? '' : time}
    </span>
  )
}

function DevicePicker() {
  const store = useStore()
  const words = useWords()
  const ids = Object.keys(store.devices.value)
  const current = store.deviceId.value
  if (ids.length < 2) return <code class="device-id">{current}</code>
  return (
    <select
      aria-label={words.chooseDevice}
      value={current}
      onChange={(event) => (store.deviceId.value = event.currentTarget.value)}
    >
      {ids.map((id) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  )
}

function PanelPicker() {
  const store = useStore()
  const words = useWords()
  const { panels, panel } = store.boot
  if (panels.length < 2 || !store.api.canControl) return null
  // the page loads again by itself when the other panel's server answers
  return (
    <select
      data-panels
      aria-label={words.choosePanel}
      value={panel}
      onChange={(event) => store.post('/panel', { panel: event.currentTarget.value })}
    >
      {panels.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function Tabs() {
  const words = useTabWords()
  return (
    <nav class="tabs" aria-label={words.tabs}>
      {TABS.map((name: Tab) => (
        <a key={name} href={`#${name}`} aria-current={name === tab.value ? 'page' : undefined}>
          {words[name]}
        </a>
      ))}
    </nav>
  )
}

function Head() {
  const store = useStore()
  const words = useWords()
  const connected = store.connected.value
  return (
    <header class="head">
      <h1>
        <i class="logo" aria-hidden="true" />
        devkit <span>{words.console}</span>
      </h1>
      <Tabs />
      <PanelPicker />
      <DevicePicker />
      <BuildPill build={store.build.value} />
      {store.api.canControl && (
        <span class={`pill ${connected ? 'ok' : 'waiting'}`} data-connected={connected}>
          <i aria-hidden="true" />
          {connected ? words.connected : words.reconnecting}
        </span>
      )}
      <span class="gap" />
      <select
        aria-label={words.theme}
        value={store.theme.value}
        onChange={(event) => (store.theme.value = event.currentTarget.value as 'auto' | 'light' | 'dark')}
      >
        <option value="auto">{words.themeAuto}</option>
        <option value="light">{words.themeLight}</option>
        <option value="dark">{words.themeDark}</option>
      </select>
      <select
        aria-label={words.language}
        value={store.lang.value}
        onChange={(event) => (store.lang.value = event.currentTarget.value as 'en' | 'zh')}
      >
        <option value="en">English</option>
        <option value="zh">中文</option>
      </select>
    </header>
  )
}

function Toast() {
  const { toast } = useStore()
  const shown = toast.value
  useEffect(() => {
    if (!shown) return
    const timer = setTimeout(() => (toast.value = null), TOAST_MS)
    return () => clearTimeout(timer)
  }, [shown])
  return (
    <div class={`toast ${shown ? 'shown' : ''}`} role="status">
      {shown?.text}
    </div>
  )
}

/** Show a theme, or the system's as it changes; returns the function that stops that. */
function followTheme(theme: 'auto' | 'light' | 'dark'): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const dark = theme === 'auto' ? system.matches : theme === 'dark'
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
  }
  apply()
  system.addEventListener('change', apply)
  return () => system.removeEventListener('change', apply)
}

function DeviceCards() {
  return (
    <div class="cards">
      <div class="column">
        <PropertiesCard />
        <EventsCard />
        <ActionsCard />
      </div>
      <div class="column">
        <RemoteCard />
        <FaultsCard />
        <FirmwareCard />
        <RadioCard />
        <FramesCard />
        <GattCard />
        <MiniProgramCard />
        <AuditCard />
      </div>
    </div>
  )
}

export function App() {
  const store = useStore()
  const words = useWords()
  const theme = store.theme.value
  const lang = store.lang.value
  const problem = store.problem.value
  useEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en'
    document.title = `devkit · ${words.console}`
  }, [lang])
  useEffect(() => followTheme(theme), [theme])
  return (
    <>
      <Head />
      {problem && (
        <p class="notice" role="alert">
          {words.problem} {problem}
        </p>
      )}
      {store.real.value && <p class="notice">{words.realDevice}</p>}
      {!store.api.canControl && <p class="notice">{words.readOnly}</p>}
      <main class={`columns tab-${tab.value}`}>
        <Phone />
        {tab.value === 'device' && <DeviceCards />}
        {tab.value === 'device' && <Timeline />}
        {tab.value === 'gallery' && <Gallery />}
        {tab.value === 'tests' && <Tests />}
      </main>
      <Toast />
    </>
  )
}
