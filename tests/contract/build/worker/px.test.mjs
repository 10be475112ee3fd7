import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { pxToViewport } from '../../../../devkit/build/worker/px.mjs'
import { TOOLCHAIN } from './panel.mjs'

const load = createRequire(join(TOOLCHAIN, 'package.json'))
/** @type {import('postcss').Postcss} */
const postcss = load('postcss')
/** @type {import('postcss-value-parser').ValueParser} */
const parse = load('postcss-value-parser')

/** @param {string} css */
const rewritten = (css) => postcss([pxToViewport(parse, 375)]).process(css, { from: undefined }).css

/** @type {[string, string, string][]} */
const VALUES = [
  ['a length', '16px', '4.26667vw'],
  ['a negative one', '-16px', '-4.26667vw'],
  ['one without a leading digit', '.5px 7.5px', '.5px 2vw'],
  ['1px and less', '1px -1px 0.5px 0px', '1px -1px 0.5px 0px'],
  ['other units', '16PX 16Px 16em 16%', '16PX 16Px 16em 16%'],
  ['many', '10px 20px/1.5 "a", 30px', '2.66667vw 5.33333vw/1.5 "a", 8vw'],
  ['calculations', 'calc((100% - 16px)*2 + 2*4px)', 'calc((100% - 4.26667vw)*2 + 2*1.06667vw)'],
  ['variables and their fallback', 'var(--gap-16px, 16px)', 'var(--gap-16px, 4.26667vw)'],
  ['names', 'a16px a-16px #16px', 'a16px a-16px #16px'],
  ['texts', '"16px" \'16px\'', '"16px" \'16px\''],
  ['files', 'url(16px.png) url("a 16px.png")', 'url(16px.png) url("a 16px.png")'],
  [
    'drawings',
    `url("data:image/svg+xml,<svg width='80px'>") 16px`,
    `url("data:image/svg+xml,<svg width='80px'>") 4.26667vw`,
  ],
  ['comments', '16px /* 16px */ 1px', '4.26667vw /* 16px */ 1px'],
  ['hacks', '16px\\9', '4.26667vw\\9'],
  ['minmax', 'minmax(150px, 1fr)', 'minmax(40vw, 1fr)'],
]
for (const [what, value, expected] of VALUES) {
  test(`in values: ${what}`, () => assert.equal(rewritten(`a{b:${value}}`), `a{b:${expected}}`))
}

test('only declarations change: no selector, condition or import', () => {
  const css = '@import "a.css" (min-width: 400px);@media (min-width: 400px){.w-16px{--w:16px}}'
  assert.equal(rewritten(css), css.replace('--w:16px', '--w:4.26667vw'))
})

test('important and at the end of a file without a semicolon', () => {
  assert.equal(rewritten('a{b:16px!important;c:16px}'), 'a{b:4.26667vw!important;c:4.26667vw}')
})

test('a comment behind a declaration, on its line, keeps it', () => {
  assert.equal(rewritten('a{b:16px; /* px-to-viewport-ignore */ c:16px}').includes('b:16px;'), true)
  assert.equal(rewritten('a{b:16px;\n/* px-to-viewport-ignore */\nc:16px}').includes('b:4.26667vw'), true)
})

test('a comment before a declaration keeps that one alone', () => {
  const css = rewritten('a{/* px-to-viewport-ignore-next */b:16px;c:16px}')
  assert.equal(css.includes('b:16px;c:4.26667vw'), true)
})

test('what has been rewritten stays as it is', () => {
  const once = rewritten('a{b:16px calc(1vw + 3px)}')
  assert.equal(rewritten(once), once)
})
