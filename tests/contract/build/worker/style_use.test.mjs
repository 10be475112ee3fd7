import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { StyleUse } from '../../../../devkit/build/worker/style_use.mjs'
import { folderOf, optionsOf, plain, ran, sharedOf, TOOLCHAIN, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { WorkerOptions } from '../../../../devkit/build/worker/messages.generated' */

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 * @param {Partial<WorkerOptions>} [changes]
 */
async function built(t, files, changes) {
  const folder = folderOf(t, files)
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder, changes))
  const { parts, warnings = [] } = await project.rebuild()
  const text = (/** @type {'js' | 'css'} */ name) => Buffer.from(parts?.get(name) ?? '').toString()
  return { folder, warnings, js: text('js'), css: plain(text('css')) }
}

const PANEL = {
  'src/index.js':
    "import React from 'react'\nimport styles from './a.less'\nimport './b.css'\nout(styles.title)",
  'src/a.less': '.title{color:red}',
  'src/b.css': '.b{top:0}',
}

test('a value of a plain style is said, with its place and the way out', async (t) => {
  const { folder, warnings } = await built(t, PANEL)
  assert.equal(warnings.length, 1)
  const [{ text = '', hint = '', file, line, column } = {}] = warnings
  assert.deepEqual([file, line, column], [join(folder, 'src/index.js'), 2, 1])
  assert.match(text, /a\.less is no CSS module: styles is an empty object/)
  assert.match(hint, /a\.module\.less, or put css_modules = "named"/)
})

for (const script of [
  "import * as styles from './a.less'\nout(styles.title)",
  "export { default as styles } from './a.less'",
]) {
  test(`it is said once: ${script}`, async (t) => {
    const { warnings } = await built(t, { ...PANEL, 'src/index.js': script })
    assert.deepEqual([warnings.length, warnings[0]?.line], [1, 1])
    assert.match(warnings[0]?.text ?? '', /styles is an empty object/)
  })
}

test('a name that a plain style does not have is an error with the way out', async (t) => {
  const { errors } = await ran(t, {
    ...PANEL,
    'src/index.js': "import { title } from './a.less'; out(title)",
  })
  assert.match(errors[0]?.hint ?? '', /a\.module\.less/)
})

/** @type {[string, string, string][]} */
const MODES = [
  ['named', '.a_title{color:red;}.b{top:0;}', '"a_title"'],
  ['all', '.a_title{color:red;}.b_b{top:0;}', '"a_title"'],
]
for (const [css_modules, css, name] of MODES) {
  test(`css_modules = "${css_modules}" gives the class names`, async (t) => {
    const made = await built(t, PANEL, { css_modules })
    assert.deepEqual(made.warnings, [])
    assert.equal(made.css, css)
    assert.ok(made.js.includes(name))
  })
}

test('packages keep their class names', async (t) => {
  const files = {
    'src/index.js': "import 'kit'; import kit from 'kit/k.css'; out(kit)",
    'node_modules/kit/index.js': "import k from './k.css'; out(k)",
    'node_modules/kit/k.css': '.k{top:0}',
  }
  assert.equal((await built(t, files, { css_modules: 'all' })).css, '.k{top:0;}')
})

/** @type {[string, string, string[]][]} */
const SOURCES = [
  ['a.js', "import './a.css'; import b from './b.js'", []],
  ['a.jsx', "import s, { t } from './a.css'; const x = <p className={s.a} />", ['./a.css']],
  ['a.ts', "import * as s from './a.scss'; const x = <string>s.a; let y!: number", ['./a.scss']],
  ['a.tsx', "@d class A {}\nimport s from './a.sass'; const x: string = s.a", ['./a.sass']],
  ['a.cjs', "const s = require('./a.less'); require('./b.less')", ['./a.less']],
  ['a.vue', "<template><p/></template>\n<script>\nimport s from './a.css'\n</script>", ['./a.css']],
  ['b.js', "// import s from './a.css'", []],
  ['c.js', "import s from './a.css", []],
]
for (const [name, source, found] of SOURCES) {
  test(`values of styles in ${name}: ${source.replace(/\n/g, ' ')}`, (t) => {
    const folder = folderOf(t, { [name]: source })
    const use = new StyleUse(sharedOf(folder).tools)
    assert.deepEqual(
      use
        .of(join(folder, name))
        .map((item) => item.source)
        .filter((item) => /ss$/.test(item)),
      found,
    )
    write(folder, { [name]: "import changed from './z.css'" })
    if (!name.endsWith('.vue')) assert.equal(use.of(join(folder, name))[0]?.source, './z.css')
  })
}

test('px in styled-components is said where px_to_viewport is set', async (t) => {
  const files = {
    'src/index.js': "import './x'\nimport styled from 'styled-components'\nout(styled)",
    'src/x.js': '',
    'node_modules/styled-components/index.js': 'export default 1',
  }
  assert.deepEqual((await built(t, files)).warnings, [])
  const { warnings, folder } = await built(t, files, { px_to_viewport: 750 })
  assert.deepEqual(
    warnings.map(({ file, line, hint }) => [file, line, hint]),
    [[join(folder, 'src/index.js'), 2, 'Write vw there: 300px of a design of 750 is 40vw.']],
  )
})

const STYLED = `
const tag = (strings, ...values) => strings.reduce((all, text, at) =>
  all + text + (at < values.length ? (typeof values[at] === 'function' ? values[at]({ w: 75, on: true }) : values[at]) : ''), '')
const styled = Object.assign(() => tag, { div: Object.assign(tag, { attrs: () => tag }) })
const css = tag
const size = 30
seen.a = styled.div\`width: 375px; border: 1px solid; background: url(a-75px.png);
  @media (min-width: 320px) { height: 75.5px }
  margin: \${size}px \${(p) => p.w}px; \${(p) => (p.on ? 'height: 40px' : \`top: \${p.w}px\`)};\`
seen.b = [styled('x')\`w: 75px\`, styled.div.attrs({ size: '150px' })\`w: 75px\`, css\`left: -75px; padding: 0 7.5px\`]
seen.c = tag\`w: 75px\``
const MEDIA = '@media (min-width: 320px)'
/** What the Babel plugins give for it. @type {[string, object, object][]} */
const REWRITTEN = [
  [
    'styled-components-px2vw',
    {},
    {
      a: `width: 50vw; border: 1px solid; background: url(a-75px.png);\n  ${MEDIA} { height: 10.06667vw }\n  margin: 30px 75px; height: 5.33333vw;`,
      b: ['w: 10vw', 'w: 10vw', 'left: -10vw; padding: 0 1vw'],
      c: 'w: 75px',
    },
  ],
  [
    'babel-plugin-styled-components-px2vw',
    { transformRuntime: true, viewportWidth: 375, tags: ['styled'] },
    {
      a: `width: 100vw; border: 1px solid; background: url(a-75px.png);\n  ${MEDIA} { height: 20.13333vw }\n  margin: 8vw 20vw; height: 10.66667vw;`,
      b: ['w: 20vw', 'w: 20vw', 'left: -75px; padding: 0 7.5px'],
      c: 'w: 75px',
    },
  ],
  [
    'styled-components-px2rem',
    { rootValue: 75, minPixelValue: 1 },
    {
      a: `width: 5rem; border: 1px solid; background: url(a-75px.png);\n  ${MEDIA} { height: 1.00667rem }\n  margin: 30px 75px; height: 0.53333rem;`,
      b: ['w: 1rem', 'w: 1rem', 'left: -1rem; padding: 0 0.1rem'],
      c: 'w: 75px',
    },
  ],
]
for (const [name, options, expected] of REWRITTEN) {
  test(`px in templates are rewritten as by ${name} ${JSON.stringify(options)}`, async (t) => {
    const babelrc = JSON.stringify({ plugins: [[name, options]] })
    const { seen, errors } = await ran(t, { 'src/index.js': STYLED, '.babelrc': babelrc })
    assert.deepEqual([errors, seen], [[], expected])
  })
}
