import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserslist, isOld, needsPrefixer } from '../../../../devkit/build/worker/targets.mjs'

const DEFAULT = 'es2017,ios12,chrome70'

test('the default target needs no prefixer', () => {
  assert.equal(isOld(DEFAULT), false)
  assert.equal(needsPrefixer('.a{display:flex}.b::placeholder{color:red}', DEFAULT), false)
})

test('old targets need it where the style has something for it', () => {
  assert.equal(needsPrefixer('.a::placeholder{color:red}', 'es2015,ios11'), true)
  assert.equal(needsPrefixer('.a{display:flex}', 'es2015,ios11'), false)
  assert.equal(needsPrefixer('.a{display:flex}', 'es2015, ios8.2 ,chrome70'), true)
  assert.equal(needsPrefixer('.a{color:red}', 'es5,ie11'), false)
})

test('a target is said in the words of browserslist, without the language', () => {
  assert.deepEqual(browserslist('es2015, ios8.2,chrome30,node18'), ['ios_saf >= 8.2', 'chrome >= 30'])
  assert.deepEqual(browserslist(''), [])
})
