// Which scripts of the project are asked about at each build. The first build asks about all; later ones only about
// those that hold something esbuild does not know, so that a rebuild of plain scripts costs what esbuild's does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mayNeed } from './constructs.mjs'
import { stampOf } from './stamps.mjs'

/** @import { Metafile } from 'esbuild' */
/** @import { Shared } from './shared' */

const SCRIPT = /\.[cm]?[jt]sx?$/

/**
 * Look at the scripts that a build has read and that are not known; tells whether one of them needs another build.
 *
 * @param {Shared} shared
 * @param {Metafile} metafile
 */
export function takeNew(shared, { inputs }) {
  let isNew = false
  for (const name of Object.keys(inputs)) {
    if (!SCRIPT.test(name) || /^[\w-]{2,}:|(?:^|\/)node_modules\//.test(name)) continue
    const path = join(shared.options.project, name)
    if (shared.plain.has(path) || shared.parsed?.has(path)) continue
    isNew = look(shared, path) || isNew
  }
  return isNew
}

/**
 * Look at the plain scripts that have changed since; tells whether one of them is plain no more.
 *
 * @param {Shared} shared
 */
export function takeChanged(shared) {
  let isNew = false
  for (const [path, stamp] of shared.plain) {
    if (stampOf([path]) !== stamp) isNew = look(shared, path) || isNew
  }
  return isNew
}

/** @param {Shared} shared @param {string} path */
function look(shared, path) {
  const stamp = stampOf([path])
  let source = ''
  try {
    source = readFileSync(path, 'utf8')
  } catch {
    // gone: esbuild says so where it is imported
  }
  if (!mayNeed(path, source, shared)) {
    shared.plain.set(path, stamp)
    return false
  }
  shared.plain.delete(path)
  shared.parsed?.add(path)
  return true
}
