// What the project's configuration makes of a plain import of an SVG; it is read, never run.
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { parse, walk } from './syntax.mjs'

/** @import { OnLoadResult } from 'esbuild' */
/** @import { Shared } from './shared' */
/** @import { Node } from './syntax.mjs' */

const CONFIGS = [
  'webpack.config',
  'craco.config',
  'config-overrides',
  'vite.config',
  'vue.config',
  'rsbuild.config',
]
  .concat(['config/webpack.config', 'build/webpack.base.conf', 'webpack.common', 'config/webpack.common'])
  .concat(['.umirc', 'config/config'])
const SUFFIXES = ['.js', '.ts', '.mjs', '.cjs', '.mts']
const URL_LOADERS = new Set(['url-loader', 'file-loader'])

/**
 * kind: "component" by @svgr/webpack alone or an svgr plugin that exports it as the default, "sprite" by
 * svg-sprite-loader, else "url". folders: of sprites, when the rule names some; id: the pattern of their ids.
 *
 * @typedef {{ kind: 'url' | 'component' | 'sprite', folders: string[], id: string }} SvgRule
 */

/**
 * @param {Pick<Shared, 'options' | 'tools'>} shared
 * @returns {SvgRule}
 */
export function svgRule({ options, tools }) {
  for (const name of CONFIGS) {
    const file = SUFFIXES.map((suffix) => join(options.project, name + suffix)).find(existsSync)
    if (!file) continue
    const code = readFileSync(file, 'utf8')
    if (!code.includes('svgr') && !code.includes('svg-sprite-loader')) continue
    const tree = parse(tools, code, extname(file).endsWith('ts') ? 'ts' : 'jsx')
    const kind = tree ? kindIn(tree.program, tools) : 'url'
    if (!tree || kind === 'url') continue
    const { folders, id } = kind === 'sprite' ? spritesIn(tree.program, tools) : { folders: [], id: '' }
    const known = folders.map((folder) => join(options.project, folder)).filter(existsSync)
    return { kind, folders: known, id: id || '[name]' }
  }
  return { kind: 'url', folders: [], id: '' }
}

/**
 * Return the folders that the rule includes, and the pattern of the symbols' ids.
 *
 * @param {Node} program
 * @param {Shared['tools']} tools
 */
function spritesIn(program, tools) {
  /** @type {string[]} */
  const folders = []
  let id = ''
  walk(tools, program, (node, around) => {
    if (node.type !== 'StringLiteral') return
    const [, inQuery] = /svg-sprite-loader\?.*symbolId=([^&]+)/.exec(node.value) ?? []
    if (inQuery) id = inQuery
    const owner = [...around].reverse().find((one) => one.type === 'ObjectProperty')
    const key = owner?.type === 'ObjectProperty' && owner.key.type === 'Identifier' ? owner.key.name : ''
    if (key === 'symbolId') id = node.value
    if (key === 'include' || around.some(isIncludeAdd)) folders.push(node.value)
  })
  return { folders, id }
}

/**
 * config.module.rule('svg').include.add(…), as vue.config.js has it.
 *
 * @param {Node} node
 */
function isIncludeAdd(node) {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false
  const { object, property } = node.callee
  const isAdd = property.type === 'Identifier' && property.name === 'add'
  if (!isAdd || object.type !== 'MemberExpression') return false
  return object.property.type === 'Identifier' && object.property.name === 'include'
}

/**
 * Return the module of a sprite's symbol, which puts itself into the page as svg-sprite-loader's does.
 *
 * Its default export has id, viewBox and url.
 * Source: https://github.com/JetBrains/svg-sprite-loader#runtime-configuration
 *
 * @param {string} path
 * @param {SvgRule} rule
 * @returns {Promise<OnLoadResult>}
 */
export async function spriteSymbol(path, { id: pattern }) {
  const source = await readFile(path, 'utf8')
  const name = basename(path, extname(path))
  const id = pattern.replace(/\[name\]/g, name)
  return {
    contents: SYMBOL.replace('"ID"', () => JSON.stringify(id)).replace('"SOURCE"', () =>
      JSON.stringify(source),
    ),
  }
}

const SYMBOL = `
const id = "ID";
const names = "http://www.w3.org/2000/svg";
const image = new DOMParser().parseFromString("SOURCE", "image/svg+xml").documentElement;
const symbol = document.createElementNS(names, "symbol");
const viewBox = image.getAttribute("viewBox") ||
  [0, 0, parseFloat(image.getAttribute("width")), parseFloat(image.getAttribute("height"))].join(" ");
symbol.setAttribute("id", id);
symbol.setAttribute("viewBox", viewBox);
while (image.firstChild) symbol.appendChild(image.firstChild);
const place = () => {
  let sprite = document.getElementById("__SVG_SPRITE_NODE__");
  if (!sprite) {
    sprite = document.createElementNS(names, "svg");
    sprite.setAttribute("id", "__SVG_SPRITE_NODE__");
    sprite.setAttribute("aria-hidden", "true");
    sprite.style.cssText = "position: absolute; width: 0; height: 0";
    document.body.insertBefore(sprite, document.body.firstChild);
  }
  const old = sprite.querySelector('[id="' + id + '"]');
  if (old) sprite.removeChild(old);
  sprite.appendChild(symbol);
};
if (document.body) place();
else document.addEventListener("DOMContentLoaded", place);
export default { id, viewBox, url: "#" + id, toString: () => "#" + id };
`

/**
 * @param {Node} program
 * @param {Shared['tools']} tools
 */
function kindIn(program, tools) {
  /** @type {'url' | 'component' | 'sprite'} */
  let kind = 'url'
  walk(tools, program, (node, around) => {
    if (node.type === 'StringLiteral' && node.value.includes('svg-sprite-loader')) kind = 'sprite'
    if (node.type === 'StringLiteral' && node.value.includes('@svgr/webpack')) {
      const list = [...around].reverse().find((one) => one.type === 'ArrayExpression' && one.elements.length)
      const isBeside =
        list?.type === 'ArrayExpression' && stringsIn(list, tools).some((one) => URL_LOADERS.has(one))
      if (!isBeside) kind = 'component'
    }
    if (node.type !== 'ObjectProperty' || node.key.type !== 'Identifier') return
    if (node.key.name === 'exportAsDefault' && node.value.type === 'BooleanLiteral' && node.value.value)
      kind = 'component'
    const isDefault = node.value.type === 'StringLiteral' && node.value.value === 'default'
    if (node.key.name === 'exportType' && isDefault) kind = 'component'
  })
  return kind
}

/**
 * @param {Node} tree
 * @param {Shared['tools']} tools
 */
function stringsIn(tree, tools) {
  /** @type {string[]} */
  const found = []
  walk(tools, tree, (node) => {
    if (node.type === 'StringLiteral') found.push(node.value)
  })
  return found
}
