// SVG files as components: React's by the project's @svgr/core or by a small writer of JSX, and Vue's.
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { ToolFailure, textOf } from './diagnostics.mjs'

/** @import { AttributeNode, TemplateChildNode } from '@vue/compiler-core' */
/** @import { BuildOptions, OnLoadResult } from 'esbuild' */
/** @import { Shared } from './shared' */

/**
 * Return a module whose default export is the component.
 *
 * @param {string} path
 * @param {Shared} shared
 * @param {BuildOptions} settings
 * @returns {Promise<OnLoadResult>}
 */
export async function svgComponent(path, shared, settings) {
  const source = await readFile(path, 'utf8')
  const own = ownSvgr(shared)
  const made = own ? await byProject(own, source, path) : jsxOfSvg(source, path, shared)
  const head = own || settings.jsx !== 'transform' ? '' : 'import * as React from "react";\n'
  return { contents: head + made, loader: 'jsx', resolveDir: own ? dirname(path) : shared.options.project }
}

/**
 * A module with both: the address as the default export, and the component by its name.
 *
 * @param {string} path
 * @returns {OnLoadResult}
 */
export function svgBoth(path) {
  const name = JSON.stringify(path).slice(1, -1)
  const contents =
    `export { default } from "${name}?url";\n` + `export { default as ReactComponent } from "${name}?react";`
  return { contents, loader: 'js', resolveDir: dirname(path) }
}

/**
 * A Vue component.
 *
 * @param {string} path
 * @param {Shared} shared
 * @returns {Promise<OnLoadResult>}
 */
export async function svgVueComponent(path, { tools, options }) {
  const source = (await readFile(path, 'utf8')).replace(/^\s*<\?xml[^>]*\?>/, '')
  const { code, errors } = tools
    .load('@vue/compiler-sfc')
    .compileTemplate({ source, filename: path, id: path, transformAssetUrls: false })
  const [error] = errors
  if (error) throw new ToolFailure({ text: textOf(error), file: path, line: 1, column: 1, stage: 'svg' })
  return { contents: `${code}\nexport default { render };`, loader: 'js', resolveDir: options.project }
}

/** @typedef {(code: string, config: object, state: object) => Promise<string>} Transform */

/** @param {Shared} shared @returns {{ transform: Transform, plugins: unknown[] } | null} */
function ownSvgr({ tools }) {
  if (!tools.anyVersionInProject('@svgr/core') || !tools.anyVersionInProject('@svgr/plugin-jsx')) return null
  const core = /** @type {any} */ (tools.fromProject('@svgr/core'))
  const plugin = /** @type {any} */ (tools.fromProject('@svgr/plugin-jsx'))
  const transform = core.transform ?? core.default
  return typeof transform === 'function' ? { transform, plugins: [plugin.default ?? plugin] } : null
}

/**
 * @param {{ transform: Transform, plugins: unknown[] }} own
 * @param {string} source
 * @param {string} path
 */
async function byProject({ transform, plugins }, source, path) {
  try {
    const state = { filePath: path, caller: { name: 'devkit', defaultPlugins: plugins } }
    return await transform(source, { exportType: 'default' }, state)
  } catch (error) {
    throw new ToolFailure({ text: textOf(error), file: path, line: 1, column: 1, stage: 'svgr' })
  }
}

/**
 * @param {string} source
 * @param {string} path
 * @param {Shared} shared
 */
function jsxOfSvg(source, path, { tools }) {
  const { parse: parseMarkup } = tools.load('@vue/compiler-dom')
  /** @type {TemplateChildNode | undefined} */
  let root
  try {
    const tree = parseMarkup(
      source.replace(/^\s*<\?xml[^>]*\?>|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?[^>]*>/gi, ''),
      {
        parseMode: 'base',
        delimiters: ['\0{', '}\0'],
        isVoidTag: () => false,
        whitespace: 'condense',
        comments: false,
      },
    )
    root = tree.children.find((child) => child.type === 1 && child.tag === 'svg')
  } catch (error) {
    const { line = 1, column = 1 } = /** @type {any} */ (error)?.loc?.start ?? {}
    throw new ToolFailure({ text: textOf(error), file: path, line, column, stage: 'svg' })
  }
  if (!root) {
    throw new ToolFailure({
      text: `${basename(path)} has no <svg> element.`,
      file: path,
      line: 1,
      column: 1,
      stage: 'svg',
    })
  }
  return (
    `const Svg = ({ title, titleId, ...props }) => ${element(root, true)};\n` +
    'export default Svg;\nexport { Svg as ReactComponent };\n'
  )
}

/**
 * @param {TemplateChildNode} node
 * @param {boolean} [isRoot]
 * @returns {string}
 */
function element(node, isRoot = false) {
  if (node.type === 2) return node.content.trim() ? `{${JSON.stringify(node.content)}}` : ''
  if (node.type !== 1) return ''
  const props = node.props.flatMap((prop) => (prop.type === 6 ? [attribute(prop)] : []))
  if (isRoot) props.push('aria-labelledby={titleId}', '{...props}')
  const inner = node.children.map((child) => element(child)).join('')
  const title = isRoot ? '{title ? <title id={titleId}>{title}</title> : null}' : ''
  return `<${[node.tag, ...props].join(' ')}>${title}${inner}</${node.tag}>`
}

/**
 * React's names of SVG attributes: data-… and aria-… stay, all others are in camel case.
 *
 * @param {AttributeNode} prop
 */
function attribute({ name, value }) {
  const text = value?.content ?? ''
  if (name === 'class') return `className=${quoted(text)}`
  if (name === 'style') return `style={${JSON.stringify(styleOf(text))}}`
  return `${/^(?:data|aria)-/.test(name) ? name : camel(name)}=${quoted(text)}`
}

/** @param {string} text */
const quoted = (text) => `{${JSON.stringify(text)}}`

/** @param {string} name */
const camel = (name) => name.replace(/[-:](\w)/g, (_, letter) => letter.toUpperCase())

/** @param {string} text */
function styleOf(text) {
  const pairs = text.split(';').flatMap((one) => {
    const at = one.indexOf(':')
    if (at < 0) return []
    const name = one.slice(0, at).trim()
    return [[name.startsWith('--') ? name : camel(name.replace(/^-ms-/, 'ms-')), one.slice(at + 1).trim()]]
  })
  return Object.fromEntries(pairs)
}
