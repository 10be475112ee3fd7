import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { explain } from '../../../../devkit/build/worker/diagnostics.mjs'
import { Pipeline } from '../../../../devkit/build/worker/styles.mjs'
import { Vue } from '../../../../devkit/build/worker/vue.mjs'
import { folderOf, plain, sharedOf, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { OnLoadResult, Message } from 'esbuild' */

/**
 * @param {TestContext} t
 * @param {string} source - Of src/App.vue.
 * @param {{ files?: Record<string, string>, changes?: object }} [given]
 */
function vueOf(t, source, { files = {}, changes = {} } = {}) {
  const folder = folderOf(t, { 'src/App.vue': source, ...files })
  const shared = sharedOf(folder, changes)
  return { folder, shared, path: join(folder, 'src/App.vue'), vue: new Vue(shared, new Pipeline(shared)) }
}

/** @param {OnLoadResult} answer */
function messagesOf(answer) {
  return explain({ errors: /** @type {Message[]} */ (answer.errors) }, '/')
}

const SETUP = `<script setup lang="ts">
const count: number = 1
</script>
<template><p class="a">{{ count }}</p></template>
<style scoped lang="less">@w: 32px; .a { width: @w / 2 }</style>
`

test('a component with setup is one module: script, template inlined, its styles imported', async (t) => {
  const { vue, path } = vueOf(t, SETUP)
  const { contents, loader, errors } = await vue.component(path)
  assert.equal(errors, undefined)
  assert.equal(loader, 'ts')
  assert.match(String(contents), /import "\.\/App\.vue\?vue&type=style&index=0&lang\.css"/)
  assert.doesNotMatch(String(contents), /type=template/)
  assert.match(String(contents), /__sfc__\.__file = "src\/App\.vue"/)
  assert.match(String(contents), /__sfc__\.__scopeId = "data-v-[0-9a-f]{8}"/)
})

test('a component without setup imports its render function', async (t) => {
  const { vue, path } = vueOf(
    t,
    '<script>export default { data: () => ({ a: 1 }) }</script><template>{{ a }}</template>',
  )
  const { contents } = await vue.component(path)
  assert.match(String(contents), /import \{ render as __render \} from "\.\/App\.vue\?vue&type=template"/)
  const template = await vue.part(path, '?vue&type=template')
  assert.equal(template.loader, 'js')
  assert.match(String(template.contents), /export function render/)
})

test('a release has no file names, and nothing of hot updates', async (t) => {
  const { vue, path } = vueOf(t, SETUP, { changes: { mode: 'production' } })
  assert.doesNotMatch(String((await vue.component(path)).contents), /__file|import\.meta|__component/)
})

test('scoped styles get the id of the component; modules are objects', async (t) => {
  const { vue, path } = vueOf(
    t,
    `${SETUP}<style module>.b{color:red}</style><style module="other">.c{color:red}</style>`,
  )
  const contents = String((await vue.component(path)).contents)
  const [, id] = /"(data-v-[0-9a-f]{8})"/.exec(contents) ?? []
  const scoped = await vue.part(path, '?vue&type=style&index=0&lang.css')
  assert.equal(plain(scoped.contents), `.a[${id}]{width:16px;}`)
  assert.equal(scoped.loader, 'css')
  assert.match(contents, /__cssModules = \{ "\$style": __style1, "other": __style2 \}/)
  assert.equal((await vue.part(path, '?vue&type=style&index=1&lang.css')).loader, 'local-css')
})

test('<style src> is the file, in the language of its name', async (t) => {
  const files = { 'src/a.scss': '$w: 3px; .a { width: $w }' }
  const { vue, path, folder, shared } = vueOf(t, '<template><i/></template><style src="./a.scss"></style>', {
    files,
  })
  await vue.component(path)
  assert.equal(plain((await vue.part(path, '?vue&type=style&index=0&lang.css')).contents), '.a{width:3px;}')
  assert.ok(
    shared.dependencies.get(`${path}?vue&type=style&index=0&lang.css`)?.includes(join(folder, 'src/a.scss')),
  )
})

test('an answer is kept until the component or what it is made from changes', async (t) => {
  const files = { 'src/vars.less': '@w: 1px;' }
  const source = "<template><i/></template><style lang='less'>@import './vars'; .a { width: @w }</style>"
  const { vue, path, folder } = vueOf(t, source, { files })
  const first = await vue.component(path)
  assert.equal(await vue.component(path), first)
  const style = await vue.part(path, '?vue&type=style&index=0&lang.css')
  assert.equal(await vue.part(path, '?vue&type=style&index=0&lang.css'), style)
  write(folder, { 'src/vars.less': '@w: 200px;' })
  assert.match(plain((await vue.part(path, '?vue&type=style&index=0&lang.css')).contents), /width:200px/)
  write(folder, { 'src/App.vue': source.replace('<i/>', '<u/>') })
  assert.notEqual(await vue.component(path), first)
})

test('types of props come from other files, which are watched', async (t) => {
  const source = `<script setup lang="ts">
import type { Shape } from './types'
defineProps<Shape>()
</script><template>{{ name }}</template>`
  const files = { 'src/types.ts': 'export interface Shape { name: string }' }
  const { vue, path, folder, shared } = vueOf(t, source, { files })
  const first = await vue.component(path)
  assert.match(String(first.contents), /name: \{ type: String/)
  assert.deepEqual(shared.dependencies.get(`${path}?script`), [join(folder, 'src/types.ts')])
  write(folder, { 'src/types.ts': 'export interface Shape { colour: string }' })
  assert.match(String((await vue.component(path)).contents), /colour: \{ type: String/)
})

/**
 * What an edit of a component compiles again, of its script, template and first style.
 *
 * @type {[string, string, [string, string], string[]][]}
 */
const EDITS = [
  ['template', '', ['<b>', '<b class="x">'], ['template']],
  ['script', '', ['let a = 1', 'let a = 2'], ['script']],
  ['script that binds another name', '', ['let a = 1', 'let a = 1, b = 2'], ['script', 'template']],
  ['style', '', ['color: red', 'color: blue'], ['style']],
  ['style with a variable of the script', '', ['color: red', 'color: v-bind(a)'], ['script', 'style']],
  ['style that is scoped now', '', ['<style>', '<style scoped>'], ['template', 'style']],
  ['custom block', '', ['block', 'blocks'], []],
  ['line above all', '', ['<template>', '\n<template>'], ['script', 'template', 'style']],
  [
    'template that uses an import of TypeScript',
    ' lang="ts"',
    ['<b>', '<b :id="Used">'],
    ['script', 'template'],
  ],
  ['template that uses it as before', ' lang="ts"', ['<b>', '<b id="x">'], ['template']],
  ['template with v-model', '', ['<b>', '<i v-model="a"/><b>'], ['script', 'template']],
]
for (const [what, lang, [old, now], wanted] of EDITS) {
  test(`a ${what} compiles no more than it has to`, async (t) => {
    const source = `<template><b>{{ a }}</b></template>
<script setup${lang}>
import { Used } from './used'
let a = 1
</script>
<style>
b { color: red }
</style>
<docs>block</docs>`
    const { vue, path, folder } = vueOf(t, source)
    vue.inlines = () => false
    const { blocks } = vue
    /** @type {string[]} */
    let made = []
    for (const name of /** @type {const} */ (['script', 'template', 'style'])) {
      const original = /** @type {(...args: any[]) => any} */ (blocks[name].bind(blocks))
      blocks[name] = /** @type {any} */ (
        (/** @type {any[]} */ ...args) => {
          made.push(name)
          return original(...args)
        }
      )
    }
    const all = async () => {
      made = []
      assert.equal((await vue.component(path)).errors, undefined)
      for (const query of ['template', 'style&index=0&lang.css']) await vue.part(path, `?vue&type=${query}`)
      return made
    }
    assert.deepEqual(await all(), ['script', 'template', 'style'])
    assert.deepEqual(await all(), [])
    write(folder, { 'src/App.vue': source.replace(old, now) })
    assert.deepEqual(await all(), wanted)
  })
}

test('<template src> and <script src> are those files, and what is wrong there is said there', async (t) => {
  const files = {
    'src/page.html': '<p>{{ a }}</p>',
    'src/page.js': 'export default { data: () => ({ a: 1 }) }',
  }
  const source = '<template src="./page.html"></template><script src="./page.js"></script>'
  const { vue, path, folder, shared } = vueOf(t, source, { files })
  assert.match(String((await vue.component(path)).contents), /import __other__ from "\.\/page\.js"/)
  assert.match(String((await vue.part(path, '?vue&type=template')).contents), /_toDisplayString\(_ctx\.a\)/)
  const page = join(folder, 'src/page.html')
  assert.deepEqual(shared.dependencies.get(`${path}?vue&type=template`), [page])
  write(folder, { 'src/page.html': '<p>\n{{ a + }}</p>' })
  const [found] = messagesOf(await vue.part(path, '?vue&type=template'))
  assert.deepEqual([found?.file, found?.line], [page, 2])
  write(folder, { 'src/App.vue': source.replace('page.html', 'pages.html') })
  await vue.component(path)
  const [absent] = messagesOf(await vue.part(path, '?vue&type=template'))
  assert.equal(absent?.text, '<template src="./pages.html"> is no file.')
})

/** @type {[string, string, number, RegExp][]} */
const ERRORS = [
  ['a template', '<template>\n  <p>{{ a + }}</p>\n</template>', 2, /parsing JavaScript/],
  ['a tag', '<template>\n  <div>\n</template>', 2, /missing end tag/],
  ['a setup script', '<script setup>\nconst a = ;\n</script>', 2, /Unexpected token/],
  ['a script', '<script>\nexport default { a: b c }\n</script>', 2, /Unexpected token/],
]
for (const [what, source, line, text] of ERRORS) {
  test(`an error in ${what} is said with its line in the component`, async (t) => {
    const { vue, path } = vueOf(t, source)
    let answer = await vue.component(path)
    if (!answer.errors) answer = await vue.part(path, '?vue&type=template')
    const [found] = messagesOf(answer)
    assert.deepEqual([found?.file, found?.line, found?.stage], [path, line, 'vue'])
    assert.match(found?.text ?? '', text)
  })
}

test('an error in a style is said with its line in the component', async (t) => {
  const { vue, path } = vueOf(
    t,
    '<template><i/></template>\n<style lang="scss">\n.a { color: $none }\n</style>',
  )
  await vue.component(path)
  const [found] = messagesOf(await vue.part(path, '?vue&type=style&index=0&lang.css'))
  assert.deepEqual([found?.file, found?.line, found?.stage], [path, 3, 'sass'])
})

test('a style language that nothing compiles is said, with those that are', async (t) => {
  const { vue, path } = vueOf(t, '<template><i/></template>\n<style lang="stylus">\na\n  color red\n</style>')
  await vue.component(path)
  const [found] = messagesOf(await vue.part(path, '?vue&type=style&index=0&lang.css'))
  assert.equal(
    found?.text,
    'Styles in "stylus" cannot be compiled; devkit takes css, postcss, less, scss, sass.',
  )
  assert.equal(found?.line, 2)
})

test('a Vue 2 project is told, with its place and the way out', async (t) => {
  const files = { 'node_modules/vue/package.json': '{"version": "2.7.16"}' }
  const { vue, path } = vueOf(t, SETUP, { files })
  const [found] = messagesOf(await vue.component(path))
  assert.equal(found?.text, 'devkit compiles Vue 3 components; this project has vue 2.7.16.')
  assert.equal(found?.line, 1)
  assert.match(found?.hint ?? '', /Move to Vue 3 .*devkit preview --js FILE/)
})

test('templates in Pug are compiled by the pug of the project', async (t) => {
  const source = '<template lang="pug">\np.a hi\n</template>\n<i18n>{}</i18n>\n<docs>x</docs>\n'
  const without = vueOf(t, source)
  await without.vue.component(without.path)
  const [error] = messagesOf(await without.vue.part(without.path, '?vue&type=template&lang.js'))
  assert.deepEqual([error?.line, error?.hint], [1, 'Install it: npm install --save-dev pug'])
  assert.deepEqual(
    without.shared.warnings.map(({ text, line }) => [text.slice(0, 16), line]),
    [['The block <i18n>', 4]],
  )
  const files = {
    'node_modules/pug/package.json': '{"version": "3.0.0"}',
    'node_modules/pug/index.js':
      "exports.render = (text, options, done) => done(null, '<p class=\"a\">' + options.doctype + '</p>')",
  }
  const { vue, path } = vueOf(t, source, { files })
  await vue.component(path)
  const { contents, errors } = await vue.part(path, '?vue&type=template&lang.js')
  assert.equal(errors, undefined)
  assert.match(String(contents), /"html"/)
})
