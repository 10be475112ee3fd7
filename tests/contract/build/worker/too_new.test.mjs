// What is looked at for features above the target: the panel's files, and none of devkit's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lookedAt } from '../../../../devkit/build/worker/too_new.mjs'

test('what devkit adds to a bundle in development is not looked at', () => {
  const own = fileURLToPath(new URL('../../../../devkit/build/worker/hot/module.mjs', import.meta.url))
  const name = own.replace(/^\//, '')
  const inputs = { 'src/index.js': {}, [name]: {} }
  const written = Object.fromEntries(Object.keys(inputs).map((file) => [file, { bytesInOutput: 9 }]))
  const metafile = /** @type {any} */ ({ inputs, outputs: { 'index.js': { inputs: written } } })
  const options = /** @type {any} */ ({ project: '/', target: 'ios12' })
  assert.deepEqual(lookedAt(options, { outputFiles: [], metafile }, []).scripts, ['/src/index.js'])
})
