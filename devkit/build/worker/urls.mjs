// Addresses of files: new URL('./file', import.meta.url), alone or as a worker's.
import { fromRoot } from './assets.mjs'
import { virtualContext } from './calls.mjs'
import { contextOf } from './context.mjs'
import { folderOf } from './folders.mjs'
import { bare, constantOf, dotted, isGlobal, piecesOf } from './syntax.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

const WORKERS = /^(?:(?:window|self|globalThis)\.)?(?:Shared)?Worker$/

/**
 * new URL('./file', import.meta.url), alone or as a worker's.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.NewExpression} node
 * @param {Node[]} around
 */
export function construct(rewriter, node, around) {
  const name = dotted(node.callee)
  if (name === 'URL' && isGlobal('URL', around)) {
    assetUrl(rewriter, node)
    return
  }
  const isWorker = WORKERS.test(name) && isGlobal(name, around)
  const [first, settings] = node.arguments
  if (!first || !isWorker) return
  const inner = bare(first)
  const isUrl =
    inner.type === 'NewExpression' && dotted(inner.callee) === 'URL' && isMetaUrl(inner.arguments[1])
  if (!isUrl) {
    if (inner.type === 'StringLiteral' && /^\.{0,2}\/(?!\/)/.test(inner.value))
      noFile(rewriter, node, inner, name)
    return
  }
  const request = String(constantOf(inner.arguments[0] ?? inner))
  rewriter.replace(inner, `require(${JSON.stringify(`${request}?worker&url`)}).default`)
  // It is a script without imports: web views that have no module workers take it too.
  const type = settings?.type === 'ObjectExpression' ? settings.properties.find(isModuleType) : undefined
  if (type?.type === 'ObjectProperty') rewriter.replace(type.value, '"classic"')
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.NewExpression | Babel.CallExpression} node
 * @param {Node} file
 * @param {string} name
 */
export function noFile(rewriter, node, file, name) {
  const isWorker = node.type === 'NewExpression'
  rewriter.say({
    text: `${isWorker ? 'new ' : ''}${name}(${rewriter.sourceOf(file)}) asks the server for a file that a panel does not have.`,
    hint: isWorker
      ? `Write new ${name}(new URL('./worker.js', import.meta.url)); it is put into the panel.`
      : 'Write import: a worker is bundled with what it imports.',
    node,
  })
}

/** @param {Node} property */
const isModuleType = (property) =>
  property.type === 'ObjectProperty' &&
  (property.key.type === 'Identifier' ? property.key.name : '') === 'type' &&
  property.value.type === 'StringLiteral'

/** @param {Node | undefined} node */
const isMetaUrl = (node) => Boolean(node) && dotted(bare(/** @type {Node} */ (node))) === 'import.meta.url'

/**
 * An address from / is that of a file in the project or in public/, as in Vite.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.NewExpression} node
 * @param {string} address
 * @param {Node} second
 */
function atRoot(rewriter, node, address, second) {
  const [path = ''] = address.split(/[?#]/)
  const file = fromRoot(path, rewriter.shared.options.project)
  const [first] = node.arguments
  if (!file || !first) return false
  rewriter.replace(first, `require(${JSON.stringify(`${file}?url`)})`)
  rewriter.text.remove(Number(first.end), Number(second.end))
  rewriter.done.add(second)
  return true
}

/**
 * The address of a file becomes its data URL.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.NewExpression} node
 */
function assetUrl(rewriter, node) {
  const [first, second] = node.arguments
  if (!first || !second || !isMetaUrl(second)) return
  const pieces = piecesOf(first)
  const start = String(pieces[0] ?? '')
  if (start.startsWith('/') && (pieces.includes(null) || !atRoot(rewriter, node, pieces.join(''), second))) {
    rewriter.replace(second, 'window.location.href')
    return
  }
  if (/^[a-z][a-z+.-]*:/i.test(start)) {
    rewriter.text.remove(Number(first.end), Number(second.end))
    rewriter.done.add(second)
    return
  }
  if (rewriter.done.has(second)) return
  if (!pieces.includes(null)) {
    const request = pieces.join('')
    const [path = ''] = request.split(/[?#]/)
    const isNamed =
      /^\.\.?\//.test(path) || [...rewriter.shared.aliases.keys()].some((one) => path.startsWith(one))
    const file = `${isNamed ? '' : './'}${path}`
    // a script by its address is a worker, or a worklet: it is bundled
    const isScript = /\.[cm]?[jt]sx?$/.test(path)
    rewriter.replace(
      first,
      isScript
        ? `require(${JSON.stringify(`${file}?worker&url`)}).default`
        : `require(${JSON.stringify(`${file}?url`)})`,
    )
    rewriter.text.remove(Number(first.end), Number(second.end))
    rewriter.done.add(second)
    return
  }
  const { isOpen, folder: name, ...rest } = contextOf(pieces)
  const folder = isOpen ? null : folderOf(name, rewriter.from, rewriter.shared)
  if (!folder) {
    rewriter.say({
      text: 'new URL() of a variable and import.meta.url: which file it names is known only at run time.',
      hint: 'Start the name with a folder, as in new URL("./icons/" + name, import.meta.url).',
      node,
    })
    return
  }
  const spec = { folder, recursive: true, mode: 'sync', ...rest, query: '?url' }
  rewriter.text.appendLeft(Number(first.start), `require(${virtualContext(rewriter, spec)})(`)
  rewriter.cut(Number(first.end), Number(second.end), ')')
  rewriter.done.add(second)
}
