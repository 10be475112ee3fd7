import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, plain, TOOLCHAIN } from './panel.mjs'

const KIT = {
  'package.json': '{"module": "es/index.js", "sideEffects": ["es/**/style/*", "*.less"]}',
  'es/index.js': "export { default as Button } from './button'; export { default as List } from './list'",
  'es/button/index.js': 'export default () => globalThis.used.push("button")',
  'es/button/style/index.js': "import './index.less'",
  'es/button/style/index.less': '@c: red; .button{color:@c}',
  'es/button/style/css.js': "import './index.css'",
  'es/button/style/index.css': '.button-css{top:0}',
  'es/list/index.js': 'export default () => globalThis.used.push("list")',
  'es/list/style/index.js': "import './index.less'",
  'es/list/style/index.less': '.list{top:0}',
  'lib/button/index.js': 'module.exports = () => globalThis.used.push("button")',
  'lib/button/style/css.js': "require('./index.css')",
  'lib/button/style/index.css': '.button-lib{top:0}',
}
const FILES = Object.fromEntries(
  Object.entries(KIT).map(([name, text]) => [`node_modules/kit/${name}`, text]),
)

/** @type {[string, string, string, string][]} */
const STYLES = [
  [
    'LESS',
    "import { Button } from 'kit'; Button()",
    '{"libraryName": "kit", "style": true}',
    '.button{color:red;}',
  ],
  [
    'CSS',
    "import { Button } from 'kit'; Button()",
    '{"libraryName": "kit", "style": "css"}',
    '.button-css{top:0;}',
  ],
  [
    'CommonJS',
    "const b = require('kit/lib/button'); b()",
    '{"libraryName": "kit", "style": "css"}',
    '.button-lib{top:0;}',
  ],
  ['none', "import { Button } from 'kit'; Button()", '{"libraryName": "kit"}', ''],
]
for (const [what, source, options, css] of STYLES) {
  test(`a component brings its style, as babel-plugin-import has it: ${what}`, async (t) => {
    const folder = folderOf(t, {
      ...FILES,
      'src/index.js': source,
      '.babelrc': `{"plugins": [["import", ${options}]]}`,
    })
    const project = new Project(folder, TOOLCHAIN)
    t.after(() => project.close())
    const { found } = await project.open(
      optionsOf(folder, { configurations: { babel: join(folder, '.babelrc') } }),
    )
    assert.match(found?.summary ?? '', /^Read \.babelrc: Babel/)
    const { parts } = await project.rebuild()
    assert.equal(plain(Buffer.from(parts?.get('css') ?? '')), css)
  })
}

test('of a library that does not say what can be left out, the rest is left out as well', async (t) => {
  const folder = folderOf(t, {
    ...FILES,
    'node_modules/kit/package.json': '{"module": "es/index.js"}',
    'src/index.js': "import { Button } from 'kit'; import { Plain } from 'other'; Button(Plain)",
    'node_modules/other/index.js':
      'export { default as Plain } from "./plain"; globalThis.used.push("other")',
    'node_modules/other/plain.js': 'export default 1',
    '.babelrc': '{"plugins": [["import", {"libraryName": "kit", "style": true}]]}',
  })
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder, { configurations: { babel: join(folder, '.babelrc') } }))
  const { parts } = await project.rebuild()
  const js = Buffer.from(parts?.get('js') ?? '').toString()
  assert.doesNotMatch(js, /push\("list"\)/)
  assert.match(js, /push\("other"\)/)
  assert.equal(plain(Buffer.from(parts?.get('css') ?? '')), '.button{color:red;}')
})
