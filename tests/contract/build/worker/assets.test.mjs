import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { assets } from '../../../../devkit/build/worker/assets.mjs'
import { explain } from '../../../../devkit/build/worker/diagnostics.mjs'
import { bundle, folderOf, sharedOf, write } from './panel.mjs'

const PIXEL = Buffer.alloc(30, 0xff)

/** @param {string} path */
const styleText = async (path) => ({ contents: `css of ${path}`, loader: /** @type {const} */ ('text') })

test('images become data URLs, each import of a kind of its own', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': `
      import image from './a.gif'
      import raw from './a.txt?raw'
      import url from './a.txt?url'
      import scheme from 'data-url:./a.txt'
      import other from 'url:./a.txt'
      import text from 'bundle-text:./a.txt'
      import sheet from 'bundle-text:./a.less'
      import inline from './a.less?inline'
      globalThis.seen = [image, raw, url, scheme, other, text, sheet, inline]`,
    'src/a.gif': PIXEL,
    'src/a.txt': 'hello',
    'src/a.less': '',
  })
  const shared = sharedOf(folder)
  const { js } = await bundle(shared, assets(shared, styleText))
  /** @type {{ seen: string[] }} */
  const page = { seen: [] }
  runInNewContext(js, page)
  const data = 'data:text/plain;charset=utf-8,hello'
  const style = `css of ${join(folder, 'src/a.less')}`
  assert.deepEqual(
    [...page.seen],
    [`data:image/gif;base64,${PIXEL.toString('base64')}`, 'hello', data, data, data, 'hello', style, style],
  )
  const text = join(folder, 'src/a.txt')
  assert.deepEqual(shared.dependencies.get(`${text}?raw`), [text])
})

test('a large image is kept in mind, and forgotten when it is small again', async (t) => {
  const folder = folderOf(t, { 'src/index.js': "import './big.png'", 'src/big.png': Buffer.alloc(2000) })
  const shared = sharedOf(folder, { inline_limit: 1999 })
  await bundle(shared, assets(shared, styleText))
  const found = shared.large.get('src/big.png')?.found
  assert.match(found?.text ?? '', /big\.png is 2000 bytes, over inline_limit \(1999\)/)
  assert.equal(found?.file, join(folder, 'src/big.png'))
  assert.match(found?.hint ?? '', /Make the png smaller/)
  write(folder, { 'src/big.png': Buffer.alloc(10) })
  await bundle(shared, assets(shared, styleText))
  assert.equal(shared.large.size, 0)
})

test('an import of a file that is not there names it', async (t) => {
  const folder = folderOf(t, { 'src/index.js': "import x from './gone.txt?raw'; console.log(x)" })
  const shared = sharedOf(folder)
  const error = await bundle(shared, assets(shared, styleText)).catch((reason) => reason)
  assert.match(explain(error, folder)[0]?.text ?? '', /Could not resolve "\.\/gone\.txt/)
})
