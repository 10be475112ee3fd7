// px to vw, as postcss-px-to-viewport writes it: 5 decimals; 1px, PX, selectors and media conditions stay.

import { relative } from 'node:path'

/** @import { Declaration, Plugin } from 'postcss' */
/** @import { WorkerOptions } from './messages.generated' */
/** @import { ParsedValue, ValueParser } from 'postcss-value-parser' */

/** picomatch, when it is needed. @typedef {() => (pattern: string) => (path: string) => boolean} Globs */

/**
 * Return the width that the px of a file are relative to; 0 leaves them as they are.
 *
 * @param {string} path
 * @param {Pick<WorkerOptions, 'project' | 'px_to_viewport' | 'px_rules'>} options
 * @param {Globs} globs
 */
export function widthFor(path, { project, px_to_viewport: width, px_rules: rules }, globs) {
  if (!width) return 0
  const [, owner = ''] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? []
  const name = owner.replace('\\', '/')
  const relativePath = relative(project, path).replaceAll('\\', '/')
  /** @param {string} pattern */
  const meant = (pattern) => {
    const [, source, flags] = /^\/(.+)\/([a-z]*)$/.exec(pattern) ?? []
    if (source) return new RegExp(source, flags?.replace('g', '')).test(path)
    if (/[*?{]/.test(pattern)) return globs()(pattern)(relativePath)
    const folder = pattern.replace(/^\.\//, '').replace(/\/$/, '')
    return name === folder || relativePath === folder || relativePath.startsWith(`${folder}/`)
  }
  if (rules.exclude.some(meant) || (rules.include.length && !rules.include.some(meant))) return 0
  return rules.packages[name] ?? width
}

/** "16px", and "16px\9" of old style hacks, but no "16px-2". */
const PX = /^px(?![\w-])/

/**
 * Return the PostCSS plugin; width is the design's, in px.
 *
 * @param {ValueParser} parse
 * @param {number} width
 * @returns {Plugin}
 */
export function pxToViewport(parse, width) {
  return {
    postcssPlugin: 'devkit-px-to-viewport',
    // after every other plugin has had its say
    OnceExit(root) {
      root.walkDecls((declaration) => {
        const raw = declaration.raws.value?.raw ?? declaration.value
        if (!raw.includes('px') || isMarked(declaration)) return
        const parsed = parse(raw)
        if (rewrite(parsed, parse, width)) declaration.value = parsed.toString()
      })
    },
  }
}

/**
 * Tell whether a comment keeps a declaration as it is: px-to-viewport-ignore-next before it, or
 * px-to-viewport-ignore behind it on the same line.
 *
 * @param {Declaration} declaration
 */
function isMarked(declaration) {
  const before = declaration.prev()
  if (before?.type === 'comment' && before.text === 'px-to-viewport-ignore-next') return true
  const after = declaration.next()
  return (
    after?.type === 'comment' &&
    after.text === 'px-to-viewport-ignore' &&
    !(after.raws.before ?? '').includes('\n')
  )
}

/**
 * Rewrite the numbers in a value, and tell whether there were any.
 *
 * @param {ParsedValue} parsed
 * @param {ValueParser} parse
 * @param {number} width
 */
function rewrite(parsed, parse, width) {
  let changed = false
  parsed.walk((node) => {
    if (node.type === 'function' && node.value.toLowerCase() === 'url') return false
    if (node.type !== 'word') return undefined
    const found = parse.unit(node.value)
    const pixels = found && PX.test(found.unit) ? Number(found.number) : 0
    if (!found || Math.abs(pixels) <= 1) return undefined
    node.value = `${Number(((pixels / width) * 100).toFixed(5))}vw${found.unit.slice(2)}`
    changed = true
    return undefined
  })
  return changed
}
