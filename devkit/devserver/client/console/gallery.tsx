/** The gallery: every state of shots.yaml on every device, live, with the values of one under the hand. */

import { signal } from '@preact/signals'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ApiError } from './api'
import { useStore, useWords } from './context'
import { FieldRow } from './controls'
import { fields } from './entries'
import { FrameTile, type GalleryFrame } from './gallery-frame'
import { Findings } from './phone'
import type { Finding, Store } from './store'
import { storedSignal } from './stored'
import { useTabWords } from './tab-strings'
import { readModel } from './thing-model'
import { Switch } from './widgets'

interface Told {
  file: string
  exists: boolean
  title: string
  problem: { title: string; findings: Finding[] } | null
  frames: GalleryFrame[]
}

interface FrameDevice {
  online: boolean
  properties: Record<string, unknown>
  model: unknown
}

/** So many frames are loaded though they are out of view; further ones when they come near. */
const EAGER = 30
const LOOK_MS = 1000
const MAX_NAME = 80
const SCALES = ['0.25', '0.35', '0.5', '0.75', '1'] as const

const scale = storedSignal<(typeof SCALES)[number]>('gallery.scale', '0.5', SCALES)
const told = signal<Told | null>(null)

/** Fetch the gallery anew when the server says that it has changed. */
function useGallery(store: Store): Told | null {
  const version = store.gallery.value
  const [asked, ask] = useState(0)
  useEffect(() => {
    let current = true
    store.api.request('GET', '/gallery').then(
      (answer) => current && (told.value = answer as Told),
      (error: unknown) => current && store.say(error instanceof ApiError ? error.message : String(error)),
    )
    return () => {
      current = false
    }
  }, [version, asked, store.connected.value])
  useEffect(() => ask(1), [])
  return told.value
}

/** Save a device into the file; frame is "" for the device of the console. */
async function save(store: Store, body: Record<string, string>): Promise<string> {
  try {
    const answer = fields(await store.api.request('POST', '/gallery/state', body))
    return String(answer['name'] ?? '')
  } catch (error) {
    store.say(error instanceof ApiError ? error.message : String(error))
    return ''
  }
}

/** A name, and the button that adds the device as it is to the file. */
export function SaveState({ frame = '', device = '' }: { frame?: string; device?: string }) {
  const store = useStore()
  const words = useTabWords()
  const [name, setName] = useState('')
  const run = async (event: Event) => {
    event.preventDefault()
    const kept = await save(store, { name: name.trim(), frame, device_id: device })
    if (!kept) return
    setName('')
    store.say(words.saved(kept))
  }
  return (
    <form class="states save-state" onSubmit={(event) => void run(event)}>
      <input
        placeholder={words.newName}
        aria-label={words.newName}
        maxLength={MAX_NAME}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button
        type="submit"
        class="small"
        title={words.saveHint('shots.yaml')}
        disabled={!store.api.canControl}
      >
        {words.saveState}
      </button>
    </form>
  )
}

/** Follow the device of a frame: the panel in it may change it, too. */
function useFrameDevice(id: string): [FrameDevice | null, (act: string, body: unknown) => Promise<void>] {
  const store = useStore()
  const [device, setDevice] = useState<FrameDevice | null>(null)
  const path = `/gallery/frames/${id}`
  const look = () =>
    store.api.request('GET', path).then(
      (answer) => setDevice(answer as FrameDevice),
      () => setDevice(null),
    )
  useEffect(() => {
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    return () => clearInterval(timer)
  }, [id])
  const act = async (name: string, body: unknown) => {
    await store.post(`${path}/${name}`, body)
    await look()
  }
  return [device, act]
}

function Values({ frame, onReload }: { frame: GalleryFrame; onReload(): void }) {
  const store = useStore()
  const all = useWords()
  const words = useTabWords()
  const [device, act] = useFrameDevice(frame.id)
  const shape = JSON.stringify(device?.model ?? null)
  const model = useMemo(() => readModel(JSON.parse(shape)), [shape])
  const { origin } = new URL(store.boot.panelUrl, location.href)
  const reset = async () => {
    await act('reset', {})
    onReload()
  }
  return (
    <section class="card frame-values" aria-label={words.values}>
      <h2>{frame.state}</h2>
      <p class="muted">
        {frame.device} · shots.yaml:{frame.line}
      </p>
      {frame.failed && <p class="problem">{frame.failed}</p>}
      <div class="frame-acts">
        <button type="button" class="small" onClick={() => void reset()}>
          {words.resetFrame}
        </button>
        <button type="button" class="small" onClick={onReload}>
          {words.reloadFrame}
        </button>
        <a class="small" href={origin + frame.url} target="_blank" rel="noopener">
          {words.openTab}
        </a>
      </div>
      <SaveState frame={frame.id} />
      {device && (
        <>
          <div class="field online">
            <div class="field-name">
              <span>{device.online ? all.online : all.offline}</span>
            </div>
            <Switch
              on={device.online}
              label={all.online}
              onChange={(online) => void act('status', { online })}
            />
          </div>
          {model.properties.map((property) => (
            <div class="property" key={property.id}>
              <FieldRow
                field={property}
                value={device.properties[property.id]}
                onChange={(value) => void act('report', { [property.id]: value })}
              />
            </div>
          ))}
        </>
      )}
    </section>
  )
}

function First({ file }: { file: string }) {
  const store = useStore()
  const words = useTabWords()
  return (
    <div class="gallery-first">
      <p>{words.noFile(file)}</p>
      <button type="button" class="wide-button primary" onClick={() => void store.post('/gallery/first', {})}>
        {words.writeFirst}
      </button>
      <p class="muted">{words.firstHint}</p>
    </div>
  )
}

function Problem({ problem }: { problem: NonNullable<Told['problem']> }) {
  const words = useTabWords()
  return (
    <div class="build-errors" role="alert">
      <Findings findings={problem.findings} />
      <p class="muted">{words.stale}</p>
    </div>
  )
}

/** Keep the frames of a state together. */
function byState(frames: GalleryFrame[]): GalleryFrame[][] {
  const groups: GalleryFrame[][] = []
  for (const frame of frames) {
    const last = groups[groups.length - 1]
    if (last?.[0]?.line === frame.line) last.push(frame)
    else groups.push([frame])
  }
  return groups
}

export function Gallery() {
  const store = useStore()
  const words = useTabWords()
  const gallery = useGallery(store)
  const [needle, setNeedle] = useState('')
  const [chosen, choose] = useState('')
  const [reloads, setReloads] = useState<Record<string, number>>({})
  if (!store.api.canControl) return <p class="gallery-first">{words.onlyLocal}</p>
  if (!gallery) return <section class="gallery" />
  const wanted = needle.trim().toLowerCase()
  const shown = gallery.frames.filter((item) => `${item.state} ${item.device}`.toLowerCase().includes(wanted))
  const current = gallery.frames.find((item) => item.id === chosen)
  const reload = (id: string) => setReloads({ ...reloads, [id]: (reloads[id] ?? 0) + 1 })
  return (
    <section class="gallery" aria-label={words.gallery}>
      <div class="gallery-bar">
        <h2>{gallery.title || words.gallery}</h2>
        <code>{gallery.file}</code>
        <span class="badge">{words.frames(shown.length)}</span>
        <input
          class="search"
          type="search"
          placeholder={words.findState}
          aria-label={words.findState}
          value={needle}
          onInput={(event) => setNeedle(event.currentTarget.value)}
        />
        <select
          aria-label={words.size}
          value={scale.value}
          onChange={(event) => (scale.value = event.currentTarget.value as (typeof SCALES)[number])}
        >
          {SCALES.map((item) => (
            <option key={item} value={item}>
              {Number(item) * 100} %
            </option>
          ))}
        </select>
      </div>
      {gallery.problem && <Problem problem={gallery.problem} />}
      {!gallery.exists && <First file={gallery.file} />}
      <div class="gallery-body">
        <div class="frames-grid" tabIndex={0} role="group" aria-label={words.frames(shown.length)}>
          {byState(shown).map((group) => (
            <div key={group[0]?.id} class="frame-group">
              {group.map((item) => (
                <FrameTile
                  key={item.id}
                  frame={item}
                  scale={Number(scale.value)}
                  eager={shown.indexOf(item) < EAGER}
                  chosen={item.id === chosen}
                  reloads={reloads[item.id] ?? 0}
                  onChoose={() => choose(item.id === chosen ? '' : item.id)}
                />
              ))}
            </div>
          ))}
        </div>
        {current && <Values key={current.id} frame={current} onReload={() => reload(current.id)} />}
      </div>
    </section>
  )
}
