/** Pages that DevTools can be attached to: phones, and the panel here. */

import { useEffect, useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import type { RemotePage } from './store'
import { Card } from './widgets'

const OPEN = '/__devkit/devtools/open'
const ENGINES: [RegExp, string][] = [
  [/MicroMessenger\/([\d.]+)/, 'WeChat'],
  [/\bCriOS\/(\d+)/, 'Chrome'],
  [/\bChrome\/(\d+)/, 'Chrome'],
  [/Version\/([\d.]+).*Safari/, 'Safari'],
  [/AppleWebKit\/([\d.]+)/, 'WebKit'],
]
const SYSTEMS: [RegExp, string][] = [
  [/OpenHarmony ([\d.]+)/, 'HarmonyOS'],
  [/Android ([\d.]+)/, 'Android'],
  [/iPhone OS ([\d_]+)/, 'iOS'],
  [/Windows NT ([\d.]+)/, 'Windows'],
  [/Mac OS X ([\d_]+)/, 'macOS'],
  [/(Linux)/, ''],
]

function named(agent: string, table: [RegExp, string][]): string[] {
  return table.flatMap(([pattern, name]) => {
    const version = pattern.exec(agent)?.[1]
    return version ? [`${name} ${version.replace(/_/g, '.')}`.trim()] : []
  })
}

/** Return the system, the app and the web view of a user agent. */
export function describeAgent(agent: string): string {
  return [...named(agent, SYSTEMS).slice(0, 1), ...named(agent, ENGINES).slice(0, 2)].join(' · ') || agent
}

/** Return what leads to DevTools for a page. */
function frontUrl(page: RemotePage, token: string, lang: string): string {
  return `${OPEN}?${new URLSearchParams({ target: page.id, token, lang })}`
}

function Row({ page }: { page: RemotePage }) {
  const store = useStore()
  const words = useWords()
  const [taking, setTaking] = useState(false)
  const [picture, setPicture] = useState('')
  const [problem, setProblem] = useState('')
  const name = page.title || page.url
  const isShown = store.timelineOf.value === page.id
  useEffect(() => () => URL.revokeObjectURL(picture), [picture])
  const take = async () => {
    setTaking(true)
    setProblem('')
    try {
      const taken = await store.api.file(`/remote-pages/${encodeURIComponent(page.id)}/picture`)
      setPicture(URL.createObjectURL(taken))
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
    setTaking(false)
  }
  return (
    <div class="remote" data-remote={page.id}>
      <b>{name}</b>
      <span class={`pill ${page.awake ? 'ok' : 'waiting'}`}>{page.awake ? words.awake : words.asleep}</span>
      <small>
        {describeAgent(page.userAgent)} · {page.width} × {page.height} · {page.address}
      </small>
      <div class="acts">
        <button
          type="button"
          class="small"
          disabled={taking || !page.awake}
          title={words.pictureOf(name)}
          onClick={() => void take()}
        >
          {taking ? words.takesPicture : words.takePicture}
        </button>
        {page.sessions.length > 0 && (
          <button
            type="button"
            class="small"
            aria-pressed={isShown}
            title={words.timelineOf(name)}
            onClick={() => store.showTimelineOf(isShown ? '' : page.id)}
          >
            {words.timeline}
          </button>
        )}
        <a
          class="small"
          href={frontUrl(page, store.boot.controlToken, store.lang.value)}
          target="_blank"
          rel="noreferrer"
        >
          {words.inspect}
        </a>
      </div>
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      {picture && (
        <a class="picture" href={picture} download={`${page.id}.jpg`} title={words.pictureOf(name)}>
          <img src={picture} alt={words.pictureOf(name)} />
        </a>
      )}
    </div>
  )
}

export function RemoteCard() {
  const store = useStore()
  const words = useWords()
  const pages = store.remote.value
  if (!store.boot.debug || !store.api.canControl) return null
  return (
    <Card
      name="remote"
      title={words.remotePages}
      badge={pages.length > 0 && <span class="badge">{pages.length}</span>}
    >
      {pages.length === 0 && <p class="empty">{words.noRemotePages}</p>}
      {[...pages].reverse().map((page) => (
        <Row key={page.id} page={page} />
      ))}
    </Card>
  )
}
