import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { dropUnused, Packages } from '../../../../devkit/build/worker/shaken.mjs'
import { folderOf, optionsOf, plain, sharedOf, TOOLCHAIN, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */

/** A library of components with a style each; the sheet for all is what its index has to run. */
const KIT = {
  'package.json': '{"sideEffects": ["*.css", "./es/index.js", "**/style/*"]}',
  'es/index.js': `import './all.css'
    export { default as Button } from './button'
    export { default as List } from './list'
    export { default as Card } from './card'`,
  'es/all.css': '.all{top:0}',
  'es/button/index.js': "import './button.css'\nimport { B } from './button'\nexport default B",
  'es/button/button.js': "import { use } from '../use'\nexport const B = () => use('button')",
  'es/button/button.css': '.button{top:0}',
  'es/list/index.js': "import './list.css'\nexport { default } from './list'",
  'es/list/list.js': "import '../button'\nimport { use } from '../use'\nexport default () => use('list')",
  'es/list/list.css': '@import "./item.css"; .list{top:0}',
  'es/list/item.css': '.item{top:0}',
  'es/card/index.js': "import './style/css'\nimport { use } from '../use'\nexport default () => use('card')",
  'es/card/style/css.js': "import './card.css'",
  'es/card/style/card.css': '.card{top:0}',
  'es/use.js': 'export const use = (name) => globalThis.used.push(name)',
}
const FILES = Object.fromEntries(
  Object.entries(KIT).map(([name, text]) => [`node_modules/kit/${name}`, text]),
)

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 */
async function opened(t, files) {
  const folder = folderOf(t, { ...FILES, ...files })
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder))
  let css = ''
  return {
    folder,
    async css() {
      const { parts } = await project.rebuild()
      const bytes = parts?.get('css')
      if (bytes) css = plain(Buffer.from(bytes))
      return css
    },
  }
}

/** @type {[string, string, string][]} */
const IMPORTS = [
  ['one component', "import { Button } from 'kit/es'; Button()", '.all{top:0;}.button{top:0;}'],
  ['one that hands on', "import { List } from 'kit/es'; List()", '.all{top:0;}.item{top:0;}.list{top:0;}'],
  ['a style in a folder of its own', "import { Card } from 'kit/es'; Card()", '.all{top:0;}.card{top:0;}'],
  [
    'all, in the order of imports',
    "import * as kit from 'kit/es'; globalThis.kit = kit",
    '.all{top:0;}.button{top:0;}.item{top:0;}.list{top:0;}.card{top:0;}',
  ],
  ['a require', "const { Card } = require('kit/es/card'); Card", '.card{top:0;}'],
]
for (const [what, source, css] of IMPORTS) {
  test(`the styles of what is used ship: ${what}`, async (t) => {
    assert.equal(await (await opened(t, { 'src/index.js': source })).css(), css)
  })
}

test('styles come and go with their modules while a project is open', async (t) => {
  const panel = await opened(t, { 'src/index.js': "import { Button } from 'kit/es'; Button()" })
  assert.equal(await panel.css(), '.all{top:0;}.button{top:0;}')
  write(panel.folder, { 'src/index.js': "import { List } from 'kit/es'; List()" })
  assert.equal(await panel.css(), '.all{top:0;}.item{top:0;}.list{top:0;}')
  write(panel.folder, { 'src/index.js': "import { Button, List } from 'kit/es'; Button(List)" })
  assert.equal(await panel.css(), '.all{top:0;}.button{top:0;}.item{top:0;}.list{top:0;}')
})

test('styles of a project that says it has no side effects go too', async (t) => {
  const panel = await opened(t, {
    'package.json': '{"sideEffects": ["*.css"]}',
    'src/index.js': "import { a } from './both'; a()",
    'src/both.js': "export { a } from './a'; export { b } from './b'",
    'src/a.js': "import './a.css'; export const a = () => globalThis.a++",
    'src/b.js': "import './b.css'; export const b = () => globalThis.b++",
    'src/a.css': '.a{top:0}',
    'src/b.css': '.b{top:0}',
  })
  assert.equal(await panel.css(), '.a{top:0;}')
})

test('sideEffects is read as webpack does', (t) => {
  const folder = folderOf(t, {
    'node_modules/none/package.json': '{"sideEffects": false}',
    'node_modules/unsaid/package.json': '{}',
    'node_modules/one/package.json': '{"sideEffects": "./a.js"}',
    'node_modules/many/package.json': '{"sideEffects": ["*.css", "es/**/style/*", "/b.js"]}',
  })
  const packages = new Packages(folder, sharedOf(folder).tools)
  const has = (/** @type {string} */ name) => packages.haveSideEffects(`node_modules/${name}`)
  const yes = ['unsaid/a.js', 'one/a.js', 'many/x/a.css', 'many/es/a/style/index.js', 'many/b.js']
  const no = ['none/a.js', 'one/b.js', 'one/x/a.js', 'many/a.js', 'many/lib/style/index.js']
  assert.deepEqual([...yes, ...no].filter(has), yes)
  assert.equal(packages.haveSideEffects('src/index.js'), true)
  assert.equal(packages.haveSideEffects('host:react'), true)
})

test('a build is repeated only when what is left out changes', () => {
  const dropped = new Set(['a'])
  assert.equal(dropUnused(dropped, { kept: new Set(['b']), unused: new Set(['a']) }), false)
  assert.equal(dropUnused(dropped, { kept: new Set(['a']), unused: new Set(['c']) }), true)
  assert.deepEqual([...dropped], ['c'])
})
