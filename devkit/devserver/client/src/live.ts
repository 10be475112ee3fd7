// The live client: follows the builds of the dev server. The host page runs it last before the panel.

import { boot, type Finding, text } from './boot'
import { tellTitle } from './frame-title'
import { namesOf, onInvalidate, update } from './hot'
import { native, onWindow } from './native'
import { showProblem, showRuntimeError } from './overlay'
import { canRestart, freshData, prepare, restart, scriptName, started } from './restart'
import { connect, send } from './socket'
import { swapStyle } from './style'
import { obstacles, tracked } from './tracker'

/** A page without a session has a problem of its own, which only loading it again can mend. */
const ownProblem = boot.session ? null : boot.live.error
const running = { js: boot.live.js, css: boot.live.css }

let newest = 0

/** Resolves when the script that came with the page has run. */
const firstStart = new Promise<void>((resolve) => {
  onWindow(
    'DOMContentLoaded',
    () => {
      started()
      onInvalidate((reason) => void inTurn(() => restartAnew(reason)))
      resolve()
    },
    { once: true },
  )
})

interface Head {
  etag: string
  hot: string
  why?: string
}

async function takeScript(head: Head, code: string): Promise<void> {
  if (head.etag === running.js) return
  running.js = head.etag
  newest += 1
  const turn = newest
  if (head.hot === 'reload') return loadAgain('hot = "reload" is set')
  if (!canRestart()) return loadAgain([...obstacles].join(', ') || 'there is no SDK to reset')
  try {
    await firstStart
    const data = await freshData()
    if (turn !== newest) return
    showRuntimeError(null)
    if (!restart(code, data)) return loadAgain('the script declares global names twice')
    if (head.hot === 'components') tell(`restarted: ${head.why || 'the script is another'}`)
    onInvalidate((reason) => void inTurn(() => restartAnew(reason)))
  } catch (error) {
    loadAgain(String(error))
  }
}

let work: Promise<unknown> = Promise.resolve()

/** Updates build on one another: each waits for the one before to be on the screen. */
function inTurn(task: () => Promise<void>): Promise<void> {
  const done = work.then(task).catch((error) => loadAgain(String(error)))
  work = done
  return done
}

/** Run changed modules anew; where that cannot be, the whole script. */
async function takeUpdate(head: { etag: string; base: string }, body: string): Promise<void> {
  if (head.etag === running.js) return
  await firstStart
  if (head.base !== running.js) return restartAnew('the page was behind')
  const names = namesOf(body)
  if (names) showRuntimeError(null)
  const { why, failed } = update(body, head.etag.replace(/\W/g, ''))
  if (why) return restartAnew(why)
  running.js = head.etag
  newest += 1
  if (names && !failed) tell(`hot: ${names}`)
}

async function restartAnew(why: string): Promise<void> {
  const answer = await fetch('/index.js', { cache: 'no-cache' })
  running.js = ''
  await takeScript({ etag: answer.headers.get('etag') ?? '', hot: 'components', why }, await answer.text())
}

/** Say in the console and in the terminal what a save has done. */
function tell(what: string): void {
  console.info(`devkit: ${what} (${running.js.replace(/"/g, '').slice(0, 7)})`)
  send({ type: 'updated', what, etag: running.js })
}

function loadAgain(reason: string): void {
  console.info(`devkit: this page is loaded again for the new script: ${reason}.`)
  location.reload()
}

function takeStyle(head: { etag: string }, css: string): void {
  if (head.etag === running.css) return
  running.css = head.etag
  swapStyle(css)
}

function isOld(source: string): boolean {
  return source.includes('/index.js') && !source.includes(`${scriptName() || '/index.js'}`)
}

let reported = 0

function report(error: unknown, source: string, place: string): void {
  if (isOld(source)) return
  const message = error instanceof Error ? `${error.name}: ${error.message}` : describe(error)
  showRuntimeError(`${text('Error in the panel', '面板运行出错')}\n${message}${place && `\n${place}`}`)
  reported += 1
  const stack = error instanceof Error ? error.stack : ''
  send({ type: 'panel-error', number: reported, message, stack, place })
}

/** Show the place in the sources, which the server looked up. */
function located(message: { number: number; finding: Finding }): void {
  if (message.number === reported)
    showRuntimeError(text('Error in the panel', '面板运行出错'), message.finding)
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return String(value)
  }
}

onWindow('error', (event) => {
  const failure = event as ErrorEvent
  if (!failure.message || failure.message.startsWith('ResizeObserver loop')) return
  const file = failure.filename ? failure.filename.replace(location.origin, '').replace(/\?.*/, '') : ''
  report(
    failure.error ?? failure.message,
    failure.filename,
    file && `${file}:${failure.lineno}:${failure.colno}`,
  )
})

onWindow('unhandledrejection', (event) => {
  const { reason } = event as PromiseRejectionEvent
  const stack = reason instanceof Error ? String(reason.stack) : ''
  report(reason, stack.split('\n').find((line) => line.includes('/index.js')) ?? '', '')
})

onWindow('keydown', (event) => {
  if ((event as KeyboardEvent).key === 'Escape') showProblem(null)
})

const EMPTY_MS = 3000
const LOOK_MS = 500

/** Say that #app stays empty, and take that back when it does not. */
function watchApp(waited: number): void {
  const isEmpty = !document.getElementById('app')?.hasChildNodes()
  if (!isEmpty) {
    if (waited > EMPTY_MS && reported === 0) showRuntimeError(null)
    return
  }
  if (waited === EMPTY_MS && reported === 0 && boot.session && !boot.live.error)
    showRuntimeError(
      text(
        `#app is still empty after ${EMPTY_MS / 1000} s. Does the entry module render into document.getElementById('app')? The platform's page has no other root.`,
        `${EMPTY_MS / 1000} 秒后 #app 仍为空。入口模块是否渲染到了 document.getElementById('app')？平台页面没有其他根节点。`,
      ),
    )
  native.setTimeout(() => watchApp(waited + LOOK_MS), LOOK_MS)
}

void firstStart.then(() => watchApp(0))

connect(running, {
  text(message) {
    if (message.type === 'reload') location.reload()
    if (message.type === 'panel-error') located(message)
    if (message.type === 'hello' || message.type === 'status') showProblem(message.error ?? ownProblem)
  },
  file(head, body) {
    if (head.type === 'css') takeStyle(head, body)
    else if (head.type === 'hot') void inTurn(() => takeUpdate(head, body))
    else if (head.hot === 'components') void inTurn(() => takeScript(head, body))
    else void takeScript(head, body)
  },
})
tellTitle()
prepare()
showProblem(boot.live.error)
Object.assign(boot.live, {
  restart: async (code: string) => restart(code, await freshData()),
  tracked: () => ({ ...tracked(), obstacles: [...obstacles] }),
})
