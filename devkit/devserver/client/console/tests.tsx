/** The project's tests: a tree, runs, and what a failed one left behind. */

import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { useStore } from './context'
import { JsonView } from './json-view'
import { Picker } from './picker'
import type { Store } from './store'
import { useTabWords } from './tab-strings'

type Outcome = '' | 'waiting' | 'running' | 'passed' | 'failed' | 'skipped'

/** As devkit/devserver/tabs/suite_process.py tells it. */
interface Test {
  id: string
  path: string
  line: number
  name: string
  outcome: Outcome
  seconds?: number
  message?: string
  details?: string
  failed_line?: number
  step?: string
  story?: string
  device?: unknown
  picture?: string
  trace?: string
}

interface Suite {
  lacks: string
  running: boolean
  watching: boolean
  code: number | null
  tests: Test[]
  broken: { id: string; message: string }[]
  log: string
}

const RUNNING_MS = 300
const suite = signal<Suite | null>(null)

/** Follow the tests: as the server tells, and a few times a second while some run. */
function useSuite(store: Store): Suite | null {
  const version = store.tests.value
  const running = suite.value?.running ?? false
  useEffect(() => {
    const look = () =>
      store.api.request('GET', '/tests').then(
        (told) => (suite.value = told as Suite),
        () => {},
      )
    void look()
    if (!running) return
    const timer = setInterval(() => void look(), RUNNING_MS)
    return () => clearInterval(timer)
  }, [version, running, store.connected.value])
  return suite.value
}

async function post(store: Store, path: string, body: unknown): Promise<void> {
  await store.post(path, body)
  const told = await store.api.request('GET', '/tests').catch(() => null)
  if (told) suite.value = told as Suite
}

function Row({ test, chosen, onChoose }: { test: Test; chosen: boolean; onChoose(): void }) {
  const store = useStore()
  const words = useTabWords()
  const busy = suite.value?.running ?? false
  return (
    <li class={`test-row ${chosen ? 'chosen' : ''}`} data-test={test.id} data-outcome={test.outcome}>
      <button type="button" aria-pressed={chosen} onClick={onChoose}>
        <i
          class={`test-mark ${test.outcome}`}
          role="img"
          aria-label={test.outcome ? words.outcomes[test.outcome] : words.noTests}
        />
        <span>{test.name}</span>
        {test.seconds !== undefined && <small>{words.seconds(test.seconds)}</small>}
      </button>
      <button
        type="button"
        class="icon"
        aria-label={words.run(test.name)}
        title={words.run(test.name)}
        disabled={busy}
        onClick={() => {
          onChoose()
          void post(store, '/tests/run', { ids: [test.id] })
        }}
      >
        ▸
      </button>
    </li>
  )
}

function Bar({ told }: { told: Suite }) {
  const store = useStore()
  const words = useTabWords()
  const failed = told.tests.filter((test) => test.outcome === 'failed').map((test) => test.id)
  const run = (body: unknown) => void post(store, '/tests/run', body)
  return (
    <div class="tests-bar">
      <button
        type="button"
        class="small"
        title={words.collectHint}
        disabled={told.running}
        onClick={() => run({ collect: true })}
      >
        {words.collect}
      </button>
      <button type="button" class="small" disabled={told.running} onClick={() => run({})}>
        {words.runAll}
      </button>
      {failed.length > 0 && (
        <button type="button" class="small" disabled={told.running} onClick={() => run({ ids: failed })}>
          {words.runFailed}
        </button>
      )}
      <button
        type="button"
        class="small"
        disabled={!told.running}
        onClick={() => void post(store, '/tests/stop', {})}
      >
        {words.stop}
      </button>
      <label>
        <input
          type="checkbox"
          checked={told.watching}
          onChange={(event) => void post(store, '/tests/watch', { on: event.currentTarget.checked })}
        />
        {words.watch}
      </label>
    </div>
  )
}

function Tree({ told, chosen, choose }: { told: Suite; chosen: string; choose(id: string): void }) {
  const words = useTabWords()
  const files = [...new Set(told.tests.map((test) => test.id.split('::')[0] ?? ''))]
  return (
    <>
      {told.broken.map((file) => (
        <div key={file.id} class="test-broken">
          <div class="test-file">
            <i class="test-mark failed" role="img" aria-label={words.broken} />
            <code>{file.id}</code>
          </div>
          <pre tabIndex={0}>{file.message}</pre>
        </div>
      ))}
      {files.map((file) => (
        <div key={file}>
          <div class="test-file">
            <code>{file}</code>
          </div>
          <ul>
            {told.tests
              .filter((test) => test.id.startsWith(`${file}::`))
              .map((test) => (
                <Row key={test.id} test={test} chosen={test.id === chosen} onChoose={() => choose(test.id)} />
              ))}
          </ul>
        </div>
      ))}
    </>
  )
}

/** Fetch a file of a test; its address lasts as long as it is shown. */
function useFile(test: Test, kind: 'picture' | 'trace'): string {
  const store = useStore()
  const [url, setUrl] = useState('')
  const there = test[kind]
  useEffect(() => {
    let made = ''
    let gone = false
    if (there)
      store.api.file(`/tests/${kind}?${new URLSearchParams({ id: test.id }).toString()}`).then(
        (blob) => {
          if (!gone) setUrl((made = URL.createObjectURL(blob)))
        },
        () => setUrl(''),
      )
    return () => {
      gone = true
      setUrl('')
      URL.revokeObjectURL(made)
    }
  }, [test.id, there, test.seconds])
  return url
}

function Part({ title, text, kind = '' }: { title: string; text: string | undefined; kind?: string }) {
  if (!text) return null
  return (
    <>
      <h3>{title}</h3>
      <pre class={kind} tabIndex={0}>
        {text}
      </pre>
    </>
  )
}

function Details({ test }: { test: Test }) {
  const words = useTabWords()
  const picture = useFile(test, 'picture')
  const trace = useFile(test, 'trace')
  const place = `${test.id.split('::')[0]}:${test.failed_line || test.line}`
  return (
    <>
      <h2>{test.name}</h2>
      <p class="muted">
        {test.outcome && words.outcomes[test.outcome]}
        {test.seconds !== undefined && ` · ${words.seconds(test.seconds)}`} · <code>{place}</code>
      </p>
      <Part title={`${words.failedAt} ${place}`} text={test.step} kind="step" />
      {test.message && <p class="problem">{test.message}</p>}
      {picture && (
        <>
          <h3>{words.picture}</h3>
          <img src={picture} alt={words.picture} />
        </>
      )}
      <Part title={words.story} text={test.story || test.details} />
      {test.device !== undefined && (
        <>
          <h3>{words.deviceThen}</h3>
          <JsonView value={test.device} />
        </>
      )}
      {test.trace && (
        <>
          <h3>{words.trace}</h3>
          <p>
            <code>playwright show-trace {test.trace}</code>{' '}
            {trace && (
              <a href={trace} download={test.trace.split('/').pop()}>
                {words.download}
              </a>
            )}
          </p>
        </>
      )}
    </>
  )
}

export function Tests() {
  const store = useStore()
  const words = useTabWords()
  const [chosen, choose] = useState('')
  const told = useSuite(store)
  const test = told?.tests.find((item) => item.id === chosen)
  if (!store.api.canControl) return <p class="gallery-first">{words.onlyLocal}</p>
  if (!told) return null
  if (told.lacks) return <p class="gallery-first">{told.lacks}</p>
  return (
    <>
      <section class="card tests" aria-label={words.tests}>
        <Bar told={told} />
        <Picker />
        {told.tests.length === 0 && told.broken.length === 0 && (
          <p class="muted">
            {words.noTests}
            {words.collectHint}
          </p>
        )}
        <Tree told={told} chosen={chosen} choose={choose} />
      </section>
      <section class="card test-details" aria-label={words.output} tabIndex={0}>
        {test ? <Details test={test} /> : <p class="muted">{words.chooseTest}</p>}
        <Part title={words.output} text={told.log} />
      </section>
    </>
  )
}
