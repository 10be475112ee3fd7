// The build worker: reads requests as JSON lines on stdin, answers each with a JSON line and raw bytes on stdout
// (messages.py states their shapes). Argument: the toolchain's folder. The working directory is the project. It
// ends when stdin closes.
import { Console } from 'node:console'
import { createInterface } from 'node:readline'
import { ToolFailure } from './diagnostics.mjs'
import { Project } from './project.mjs'

/** @import { LookRequest, OpenRequest, RebuildRequest, ReplyHead } from './messages.generated' */
/** @import { ProjectReply } from './project.mjs' */

const write = process.stdout.write.bind(process.stdout)
// What a project's configuration prints must not mix with the replies.
process.stdout.write = process.stderr.write.bind(process.stderr)
globalThis.console = new Console(process.stderr, process.stderr)

const project = new Project(process.cwd(), String(process.argv[2]))
let turn = Promise.resolve()
/**
 * Takes what a project's configuration or plugin throws outside of its promises, while a request is answered.
 *
 * @type {(error: unknown) => void}
 */
let fail = (error) => console.error(error)
process.on('uncaughtException', (error) => fail(error))
process.on('unhandledRejection', (error) => fail(error))
const leave = process.exit.bind(process)
process.exit = refuse('process.exit()')
process.abort = refuse('process.abort()')

/**
 * What the project's configuration or a plugin calls to end the process is an error of the build.
 *
 * @param {string} name
 * @returns {() => never}
 */
function refuse(name) {
  return () => {
    const frames = new Error().stack?.split('\n').slice(2) ?? []
    const places = frames.map((frame) => /\(?(?:file:\/\/)?([^\s()]+):(\d+):(\d+)\)?$/.exec(frame))
    const [, file = '', line, column] = places.find((place) => place && !place[1]?.startsWith('node:')) ?? []
    const error = new ToolFailure({
      text: `${name} is called while the panel is built: it would end devkit's build worker.`,
      hint: 'Throw an error in its place.',
      ...{ file, line: Number(line ?? 0), column: Number(column ?? 0), stage: 'configuration' },
    })
    fail(error)
    throw error
  }
}

/**
 * @param {OpenRequest | RebuildRequest | LookRequest} request
 * @returns {Promise<ProjectReply>}
 */
async function perform(request) {
  const stray = new Promise((_, reject) => {
    fail = reject
  })
  stray.catch(() => {}) // one that nobody waits for any more
  try {
    const work =
      request.op === 'open'
        ? project.open(request.options)
        : request.op === 'look'
          ? project.look()
          : project.rebuild(request.changed)
    return /** @type {ProjectReply} */ (await Promise.race([work, stray]))
  } catch (error) {
    return { ...project.foundNow(), errors: project.explain(error) }
  } finally {
    fail = (error) => console.error(error)
  }
}

/**
 * @param {OpenRequest | RebuildRequest | LookRequest} request
 * @param {() => boolean} isPast - Another request has come.
 */
async function answer(request, isPast) {
  const { parts = new Map(), ...rest } =
    request.op === 'look' && isPast() ? { stopped: true } : await perform(request)
  /** @type {ReplyHead} */
  const head = {
    id: request.id,
    ...rest,
    parts: [...parts].map(([name, bytes]) => [name, bytes.length]),
  }
  write(`${JSON.stringify(head)}\n`)
  for (const bytes of parts.values()) write(bytes)
}

let received = 0
const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('line', (line) => {
  const request = JSON.parse(line)
  const number = ++received
  // nothing waits for a look; a request to stop one, or a build, has no answer
  project.looker.stop()
  if (request.op === 'stop') return project.stop()
  turn = turn.then(() => answer(request, () => number !== received))
})
lines.on('close', () => {
  turn.then(() => project.close()).finally(() => leave(0))
  setTimeout(() => leave(0), 500).unref()
})
