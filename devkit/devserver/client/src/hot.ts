// Take new versions of the panel's modules into the running page, as the bundle's own runtime does it
// (devkit/build/worker/hot/runtime.mjs).

import { emptyRoots } from './restart'

/** A module as the build worker sends it; code is a script that hands over its function. */
interface Sent {
  id: string
  refresh: boolean
  /** Files of values, such as the names of a CSS module, when nothing else of it is another. */
  from?: string[]
  ids: Record<string, string>
  code: string
}

/** failed: the panel's own code threw, and waits for the next update; why: the panel has to start again. */
export interface Outcome {
  why: string
  failed: boolean
}

interface HotRuntime {
  taken?: unknown
  onInvalidate: ((reason: string) => void) | null
  update(changed: object[]): Outcome
}

function runtime(): HotRuntime | undefined {
  return (window as { __devkit_hot?: HotRuntime }).__devkit_hot
}

/** A script of its own for each module, so that the browser's tools and stack traces show its source. */
function evaluate(hot: HotRuntime, { id, code }: Sent, tag: string): unknown {
  const script = document.createElement('script')
  script.dataset.devkit = 'module'
  script.textContent = `${code}\n//# sourceURL=${location.origin}/hot/${id}?v=${tag}`
  hot.taken = undefined
  document.body.append(script)
  script.remove()
  return hot.taken
}

/** Whether the panel drew nothing after the last update. */
let isStuck = false

/** Run what has changed, which brings the page to the version of tag. */
export function update(body: string, tag: string): Outcome {
  const hot = runtime()
  if (!hot) return refused('the page has no modules to run anew')
  const sent: Sent[] = JSON.parse(body)
  if (!sent.length) return refused('')
  const changed = sent.map((module) => ({ ...module, factory: evaluate(hot, module, tag) }))
  const broken = changed.find(({ factory }) => typeof factory !== 'function')
  if (broken) return refused(`${broken.id} cannot be read`)
  const before = emptyRoots()
  const outcome = hot.update(changed)
  const wasStuck = isStuck
  isStuck = outcome.failed
  if (outcome.why || outcome.failed) return outcome
  const after = emptyRoots()
  return refused(after > before || (wasStuck && after > 0) ? 'the panel had failed' : '')
}

const refused = (why: string): Outcome => ({ why, failed: false })

/** Call again when a module says that it cannot go on. */
export function onInvalidate(restart: (reason: string) => void): void {
  const hot = runtime()
  if (hot) hot.onInvalidate = restart
}

/** Return the names of what an update changes, for people. */
export function namesOf(body: string): string {
  const ids = (JSON.parse(body) as Sent[]).flatMap(({ id, from }) => (from?.length ? from : [id]))
  const whole = [...new Set(ids)].filter((id) => !ids.includes(id.replace(/\?.*/, '')) || !id.includes('?'))
  return whole.map((id) => id.replace(/.*\//, '').replace(/\?vue&type=(\w+).*/, ' ($1)')).join(', ')
}
