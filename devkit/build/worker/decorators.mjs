// Decorators: Babel's legacy ones in JavaScript, and TypeScript's with the types of what they decorate. esbuild
// itself compiles TypeScript's (experimentalDecorators) and the standard ones.
import { basename, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compilerOptions } from './compiler_options.mjs'
import { fromEsbuild } from './diagnostics.mjs'
import { parse, walk } from './syntax.mjs'

/** @import { Loader } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Shared } from './shared' */
/** @import { Node } from './syntax.mjs' */

const FIELDS = fileURLToPath(new URL('fields.mjs', import.meta.url))

/**
 * Return the script without its decorators, with an inline source map; null when there is nothing to do.
 *
 * @param {{ path: string, code: string, source: string, loader: Loader }} script
 * @param {Shared} shared
 * @param {Message[]} said
 * @returns {Promise<string | null>}
 */
export async function legacyDecorators({ path, code, source, loader }, shared, said) {
  if (!mayDecorate(source)) return null
  const isTypeScript = loader !== 'jsx'
  const legacy = shared.found.legacyDecorators
  const metadata = isTypeScript && compilerOptions(shared.options.project).emitDecoratorMetadata === true
  if (isTypeScript ? !metadata : !legacy) return null
  const place = decoratorIn(source, loader, shared)
  if (!place) return null
  if (isTypeScript) return withMetadata({ path, code, loader }, shared, said, place)
  const esbuild = shared.tools.load('esbuild')
  const { project, sourcemap } = shared.options
  const made = await esbuild
    .transform(withFields(code, path, shared), {
      loader: 'tsx',
      jsx: 'preserve',
      target: 'esnext',
      sourcefile: basename(path),
      sourcemap: sourcemap ? 'inline' : false,
      tsconfigRaw: {
        compilerOptions: {
          experimentalDecorators: true,
          useDefineForClassFields: !shared.found.looseFields,
          verbatimModuleSyntax: true,
        },
      },
    })
    .catch(({ errors }) => {
      for (const message of errors) said.push({ ...fromEsbuild(message, project), file: path })
      return { code }
    })
  return made.code
}

const HELPERS = `var { field: __dkField, init: __dkInit } = require(${JSON.stringify(FIELDS)}); `

/**
 * Give a decorated field to one decorator that has its value, too, as Babel's are given it.
 *
 * @param {string} code
 * @param {string} path
 * @param {Shared} shared
 */
function withFields(code, path, { tools, options }) {
  const tree = parse(tools, code, 'jsx')
  if (!tree) return code
  const text = new (tools.load('magic-string').default ?? tools.load('magic-string'))(code)
  walk(tools, tree.program, (node, around) => {
    if (node.type === 'ClassExpression') asDeclaration(node, around.at(-1), code, text)
    if (node.type !== 'ClassProperty' || !node.decorators?.length) return
    const [first] = node.decorators
    const slot = JSON.stringify(`${relative(options.project, path)}:${node.start}`)
    const list = node.decorators.map(({ expression }) =>
      code.slice(Number(expression.start), Number(expression.end)),
    )
    const key = code.slice(Number(node.key.start), Number(node.key.end))
    const mark = node.static ? 'static ' : ''
    const head = `@__dkField(${slot}, [${list.join(', ')}], ${Boolean(node.value)}) declare ${mark}${key}; `
    const hidden = `${mark}#__dk${node.start} = __dkInit(${slot}, this`
    const start = Number(first?.start)
    const until = Number(node.value ? (node.value.extra?.parenStart ?? node.value.start) : node.end)
    // as many lines as before: messages keep theirs
    const lines = '\n'.repeat(code.slice(start, until).split('\n').length - head.split('\n').length)
    text.overwrite(start, until, `${head}${lines}${hidden}${node.value ? ', () => (' : ');'}`)
    if (!node.value) return
    const end = Number(node.end) - (code[Number(node.end) - 1] === ';' ? 1 : 0)
    text.appendLeft(end, '))')
    if (end === node.end) text.appendLeft(end, ';')
  })
  return text.hasChanged() ? text.prepend(HELPERS).toString() : code
}

/**
 * esbuild takes the old decorators in declarations of classes only.
 *
 * @param {import('@babel/types').ClassExpression} node
 * @param {Node | undefined} outer
 * @param {string} code
 * @param {import('magic-string').default} text
 */
function asDeclaration({ id, body, decorators, start, end }, outer, code, text) {
  const isDecorated = [{ decorators }, ...body.body].some(
    (one) => 'decorators' in one && one.decorators?.length,
  )
  if (!isDecorated) return
  const given =
    id?.name ?? (outer?.type === 'VariableDeclarator' && outer.id.type === 'Identifier' && outer.id.name)
  const name = given || 'Anonymous'
  const at = code.indexOf('class', Number(decorators?.at(-1)?.end ?? start)) + 'class'.length
  text.prependRight(Number(start), '(() => { ')
  if (!id) text.appendLeft(at, ` ${name}`)
  text.appendLeft(Number(end), ` return ${name} })()`)
}

/**
 * Tell whether an @ starts something, as far as its line shows: most stand in texts and comments.
 *
 * @param {string} source
 */
export function mayDecorate(source) {
  for (let at = source.indexOf('@'); at >= 0; at = source.indexOf('@', at + 1)) {
    const before = source.slice(source.lastIndexOf('\n', at) + 1, at).trimEnd()
    if (!before || /[{};()\]\w]$/.test(before)) return true
  }
  return false
}

/**
 * @param {string} source
 * @param {Loader} loader
 * @param {Shared} shared
 */
function decoratorIn(source, loader, { tools }) {
  const tree = parse(tools, source, loader)
  /** @type {{ line: number, column: number } | null} */
  let found = null
  if (tree) {
    walk(tools, tree.program, (node) => {
      if (node.type === 'Decorator' && !found && node.loc) found = node.loc.start
    })
  }
  return /** @type {{ line: number, column: number } | null} */ (found)
}

/**
 * Only TypeScript's compiler knows the types that emitDecoratorMetadata asks for.
 *
 * @param {{ path: string, code: string, loader: Loader }} script
 * @param {Shared} shared
 * @param {Message[]} said
 * @param {{ line: number, column: number }} place
 */
function withMetadata({ path, code, loader }, shared, said, place) {
  const compiler = shared.tools.anyVersionInProject('typescript')
    ? /** @type {any} */ (shared.tools.fromProject('typescript'))
    : null
  if (!compiler?.transpileModule) {
    said.push({
      text: 'emitDecoratorMetadata is set, but the project has no TypeScript whose compiler can be called (2.9 to 6).',
      hint: 'Install it: npm install --save-dev typescript@5; or take emitDecoratorMetadata out of tsconfig.json.',
      severity: shared.release ? 'error' : 'warning',
      stage: 'modules',
      file: path,
      line: place.line,
      column: place.column + 1,
    })
    return null
  }
  const { useDefineForClassFields } = compilerOptions(shared.options.project)
  const { outputText } = compiler.transpileModule(code, {
    fileName: path,
    compilerOptions: {
      target: compiler.ScriptTarget.ES2022,
      module: compiler.ModuleKind.ESNext,
      jsx: loader === 'tsx' ? compiler.JsxEmit.Preserve : undefined,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: useDefineForClassFields ?? false,
      inlineSourceMap: shared.options.sourcemap,
      inlineSources: shared.options.sourcemap,
    },
  })
  return /** @type {string} */ (outputText)
}
