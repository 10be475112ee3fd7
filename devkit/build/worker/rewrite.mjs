// Replace what esbuild does not know in a script: each construct by a require() of a module that another part of
// the worker makes. Positions of the rest stay, and the source map tells them.
import { dirname } from 'node:path'
import { call } from './calls.mjs'
import { member, taken } from './environment.mjs'
import { nodeGlobal } from './node_globals.mjs'
import { styledTemplate } from './styled_px.mjs'
import { svgImport, svgRequire } from './svg_imports.mjs'
import { isGlobal, parse, walk } from './syntax.mjs'
import { construct } from './urls.mjs'
import { directive } from './vue_jsx.mjs'

/** @import * as Babel from '@babel/types' */
/** @import MagicString from 'magic-string' */
/** @import { ContextSpec, GlobSpec } from './context.mjs' */
/** @import { Message } from './messages.generated' */
/** @import { Shared, SourceMap } from './shared' */
/** @import { Node } from './syntax.mjs' */

/** @typedef {{ text: string, hint?: string, severity?: Message['severity'], node: Node }} Saying */
/** @typedef {{ path: string, code: string, loader: string, isPackage: boolean }} Script */
/** @typedef {{ code: string, map: SourceMap | null, said: Message[] }} Rewritten */

/** What rewriting one script needs. */
export class Rewriter {
  /**
   * @param {Script} script
   * @param {Shared} shared
   */
  constructor(script, shared) {
    this.script = script
    this.shared = shared
    this.from = dirname(script.path)
    /** @type {Saying[]} */
    this.said = []
    /** @type {string[]} */
    this.heads = []
    /** Nodes that a construct has dealt with, with all that is in them. @type {Set<Node>} */
    this.done = new Set()
    const MagicStringClass = shared.tools.load('magic-string')
    /** @type {MagicString} */
    this.text = new (MagicStringClass.default ?? MagicStringClass)(script.code)
    this.wrapped = false
    /** Names that stand for require. @type {Set<string>} */
    this.renamed = new Set()
    /** Globals that are not there, and said so. @type {Set<string>} */
    this.missing = new Set()
    /** Where texts of styles begin that are rewritten. @type {Set<number>} */
    this.pixels = new Set()
  }

  /**
   * Return the new script; null when nothing in it is ours or it does not parse.
   *
   * @returns {Rewritten | null}
   */
  run() {
    const { script, shared, text } = this
    const tree = parse(shared.tools, script.code, script.loader)
    if (!tree) return null
    this.wrapped = script.code.includes('.default') || /\bdefault\s*[:}]/.test(script.code)
    walk(shared.tools, tree.program, (node, around) => {
      if (this.done.has(node) || around.some((outer) => this.done.has(outer))) return
      const handle = HANDLERS[node.type]
      if (handle) handle(this, /** @type {any} */ (node), around, tree.program)
    })
    if (this.heads.length) text.prepend(this.heads.join(' '))
    if (!text.hasChanged() && !this.said.length) return null
    const map = text.hasChanged()
      ? text.generateMap({ source: script.path, includeContent: true, hires: 'boundary' })
      : null
    return {
      code: text.toString(),
      map: /** @type {any} */ (map),
      said: script.isPackage ? [] : this.said.map((one) => this.message(one)),
    }
  }

  /** @param {Saying} saying @returns {Message} */
  message({ text, hint, severity = 'error', node }) {
    const place = node.loc ? { line: node.loc.start.line, column: node.loc.start.column + 1 } : {}
    return { text, hint: hint ?? '', severity, stage: 'modules', file: this.script.path, ...place }
  }

  /** @param {Saying} saying */
  say(saying) {
    this.said.push(saying)
  }

  /** @param {Node} node @param {string} replacement */
  replace(node, replacement) {
    this.done.add(node)
    this.cut(Number(node.start), Number(node.end), replacement)
  }

  /**
   * Replace a part of the text by as many lines: messages of esbuild keep theirs.
   *
   * @param {number} start
   * @param {number} end
   * @param {string} replacement
   */
  cut(start, end, replacement) {
    const lines = this.script.code.slice(start, end).split('\n').length
    this.text.overwrite(start, end, replacement + '\n'.repeat(lines - 1))
  }

  /** @param {Node} node */
  sourceOf(node) {
    return this.script.code.slice(Number(node.start), Number(node.end))
  }

  /**
   * Keep what a virtual module is made from, and return the name to import it by.
   *
   * @param {'context' | 'glob'} kind
   * @param {ContextSpec | GlobSpec} spec
   * @param {string} name
   */
  virtual(kind, spec, name) {
    // esbuild would take what follows ? or # for a suffix
    const key = `${kind}:${name.replace(/[?#]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)}`
    this.shared.virtual.set(key, spec)
    return JSON.stringify(`devkit-${key}`)
  }
}

const PUBLIC_PATH = 'var __webpack_public_path__ = "";'

/**
 * @param {Rewriter} rewriter
 * @param {Babel.Identifier} node
 * @param {Node[]} around
 */
function identifier(rewriter, node, around) {
  const { name } = node
  nodeGlobal(rewriter, node, around)
  if (!name.endsWith('_') || !isGlobal(name, around)) return
  if (name === '__webpack_public_path__' && !rewriter.heads.includes(PUBLIC_PATH))
    rewriter.heads.push(PUBLIC_PATH)
  if (name !== '__webpack_require__' && name !== '__non_webpack_require__') return
  if (around.at(-1)?.type === 'UnaryExpression') return
  rewriter.say({
    text: `${name} is a part of webpack's own output, which a panel does not have.`,
    hint: 'Write import or require().',
    node,
  })
}

/**
 * A package's own name for require: moment has one.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.AssignmentExpression} node
 */
function renamed(rewriter, { left, right }) {
  if (left.type !== 'Identifier' || right.type !== 'Identifier' || right.name !== 'require') return
  if (rewriter.script.isPackage) rewriter.renamed.add(left.name)
}

/** {type of node: what is done with one}.
 * @type {Record<string, (rewriter: Rewriter, node: any, around: Node[], program: Babel.Program) => void>} */
const HANDLERS = {
  CallExpression: (rewriter, node, around) => {
    call(rewriter, node, around)
    svgRequire(rewriter, node, around)
    styledTemplate(rewriter, node)
  },
  TaggedTemplateExpression: styledTemplate,
  OptionalCallExpression: call,
  NewExpression: construct,
  MemberExpression: member,
  OptionalMemberExpression: member,
  Identifier: identifier,
  AssignmentExpression: renamed,
  JSXAttribute: directive,
  VariableDeclarator: taken,
  ImportDeclaration: svgImport,
  ExportNamedDeclaration: svgImport,
  ExportDefaultSpecifier: (rewriter, node, around) => {
    const outer = around.at(-1)
    const others = outer?.type === 'ExportNamedDeclaration' ? outer.specifiers.length > 1 : false
    const name = `default as ${rewriter.sourceOf(node)}`
    if (!others) rewriter.replace(node, `{ ${name} }`)
    else {
      const open = rewriter.script.code.indexOf('{', Number(node.end))
      rewriter.cut(Number(node.start), open + 1, `{ ${name},`)
    }
  },
}
