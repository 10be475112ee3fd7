import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderOf, optionsOf, TOOLCHAIN } from './panel.mjs'

/** @import { LookRequest, OpenRequest, RebuildRequest, ReplyHead, StopRequest } from '../../../../devkit/build/worker/messages.generated' */

const MAIN = fileURLToPath(new URL('../../../../devkit/build/worker/main.mjs', import.meta.url))

/**
 * Run the worker on requests until it ends, and return its replies with the bytes that follow each.
 *
 * @param {string} folder
 * @param {(OpenRequest | RebuildRequest | LookRequest | StopRequest)[]} requests
 */
async function talk(folder, requests) {
  const worker = spawn(process.execPath, [MAIN, TOOLCHAIN], { cwd: folder, stdio: 'pipe' })
  worker.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''))
  const ended = once(worker, 'exit')
  const [out, said] = await Promise.all([bytesOf(worker.stdout), bytesOf(worker.stderr)])
  const [code] = await ended
  const replies = []
  let at = 0
  while (at < out.length) {
    const end = out.indexOf('\n', at)
    /** @type {ReplyHead} */
    const head = JSON.parse(out.subarray(at, end).toString())
    at = end + 1
    const parts = head.parts.map(([name, size]) => [name, out.subarray(at, (at += size)).toString()])
    replies.push({ head, parts: /** @type {Record<string, string>} */ (Object.fromEntries(parts)) })
  }
  return { replies, code, said: said.toString() }
}

/** @param {AsyncIterable<Buffer>} stream */
async function bytesOf(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('requests are answered in order, with the bytes behind each reply', async (t) => {
  const folder = folderOf(t, { 'src/index.js': "console.log('温度')" })
  const { replies, code } = await talk(folder, [
    { id: 1, op: 'open', options: optionsOf(folder) },
    { id: 2, op: 'rebuild' },
    { id: 3, op: 'rebuild' },
  ])
  assert.deepEqual(
    replies.map(({ head }) => head.id),
    [1, 2, 3],
  )
  assert.match(replies[1]?.parts.js ?? '', /console\.log\("温度"\)/)
  assert.deepEqual([replies[2]?.head.same, replies[2]?.parts], [['js'], {}])
  assert.equal(code, 0)
})

test('a look gives way to the next request, and to one to stop', async (t) => {
  const folder = folderOf(t, { 'src/index.js': '[1].at(0)' })
  const { replies } = await talk(folder, [
    { id: 1, op: 'open', options: optionsOf(folder) },
    { id: 2, op: 'rebuild' },
    { id: 3, op: 'look' },
    { id: 4, op: 'rebuild' },
    { id: 5, op: 'look' },
    { id: 6, op: 'stop' },
  ])
  assert.deepEqual(
    replies.map(({ head }) => [head.id, head.stopped ?? false]),
    [
      [1, false],
      [2, false],
      [3, true],
      [4, false],
      [5, true],
    ],
  )
})

test('what goes wrong is a reply with errors', async (t) => {
  const folder = folderOf(t, { 'src/index.js': 'const' })
  const { replies } = await talk(folder, [
    { id: 1, op: 'rebuild' },
    { id: 2, op: 'open', options: optionsOf(folder) },
    { id: 3, op: 'rebuild' },
  ])
  assert.match(replies[0]?.head.errors?.[0]?.text ?? '', /No project is open/)
  assert.equal(replies[2]?.head.errors?.[0]?.line, 1)
  assert.deepEqual(replies[2]?.head.parts, [])
})

test("what the project's configuration prints goes to stderr", async (t) => {
  const folder = folderOf(t, {
    'src/index.js': "import './a.css'",
    'src/a.css': '.a{color:red}',
    'postcss.config.js':
      "console.log('one'); process.stdout.write('two\\n'); module.exports = { plugins: [] }",
  })
  const { replies, said } = await talk(folder, [
    { id: 1, op: 'open', options: optionsOf(folder) },
    { id: 2, op: 'rebuild' },
  ])
  assert.match(replies[1]?.parts.css ?? '', /color: red/)
  assert.match(said, /one\ntwo\n/)
})

test('what a plugin throws outside of its promises is an error of the build', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': "import './a.css'",
    'src/a.css': 'a { color: red }',
    'postcss.config.cjs':
      "module.exports = { plugins: [{ postcssPlugin: 'late', Once: () => new Promise(() => setTimeout(() => { throw new Error('thrown late') })) }] }",
  })
  const { replies } = await talk(folder, [
    { id: 1, op: 'open', options: optionsOf(folder) },
    { id: 2, op: 'rebuild' },
  ])
  assert.match(JSON.stringify(replies[1]?.head.errors), /thrown late/)
})

for (const source of ['module.exports = () => process.exit(1)', 'try {\n process.exit(1) } catch {}']) {
  test(`${source} is an error of the build`, async (t) => {
    const folder = folderOf(t, {
      'src/index.js': "import './a.css'",
      'src/a.css': 'a { color: red }',
      'postcss.config.js': source,
    })
    const { replies, code } = await talk(folder, [
      { id: 1, op: 'open', options: optionsOf(folder) },
      { id: 2, op: 'rebuild' },
    ])
    assert.equal(code, 0)
    const said = replies.flatMap(({ head }) => head.errors ?? [])
    assert.match(said[0]?.text ?? '', /^process\.(?:exit|abort)\(\) is called/)
    assert.match(said[0]?.file ?? '', /postcss\.config\.js$/)
    assert.equal(said[0]?.line, source.includes('\n') ? 2 : 1)
  })
}
