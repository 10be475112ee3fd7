// The build worker: reads requests as JSON lines on stdin, answers each with a JSON line and raw bytes on stdout.
// Arguments: the toolchain's folder. The working directory is the project. It ends when stdin closes.
import { Console } from 'node:console'
import { createInterface } from 'node:readline'
import { Project } from './project.mjs'

const write = process.stdout.write.bind(process.stdout)
// What a project's configuration prints must not mix with the replies.
process.stdout.write = process.stderr.write.bind(process.stderr)
globalThis.console = new Console(process.stderr, process.stderr)

const OPERATIONS = {
  open: (project, { options }) => project.open(options),
  rebuild: (project) => project.rebuild(),
}

const project = new Project(process.cwd(), process.argv[2])
let turn = Promise.resolve()

async function answer(request) {
  let reply
  try {
    reply = await OPERATIONS[request.op](project, request)
  } catch (error) {
    reply = { errors: await project.explain(error) }
  }
  const { parts = {}, ...head } = reply
  const sizes = Object.entries(parts).map(([name, bytes]) => [name, bytes.length])
  write(`${JSON.stringify({ id: request.id, ...head, parts: sizes })}\n`)
  for (const bytes of Object.values(parts)) write(bytes)
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('line', (line) => {
  const request = JSON.parse(line)
  turn = turn.then(() => answer(request))
})
lines.on('close', () => {
  turn.then(() => project.close()).finally(() => process.exit(0))
  setTimeout(() => process.exit(0), 500).unref()
})
