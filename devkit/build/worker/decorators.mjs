// Decorators: Babel's legacy ones in JavaScript, and TypeScript's with the types of what they decorate. esbuild
// itself compiles TypeScript's (experimentalDecorators) and the standard ones.
import { basename } from 'node:path'
import { compilerOptions } from './compiler_options.mjs'
import { parse, walk } from './syntax.mjs'

/** @import { Loader } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Shared } from './shared' */

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
  const made = await shared.tools.load('esbuild').transform(code, {
    loader: 'tsx',
    jsx: 'preserve',
    target: 'esnext',
    sourcefile: basename(path),
    sourcemap: shared.options.sourcemap ? 'inline' : false,
    tsconfigRaw: {
      compilerOptions: {
        experimentalDecorators: true,
        useDefineForClassFields: false,
        verbatimModuleSyntax: true,
      },
    },
  })
  return made.code
}

/**
 * Tell whether an @ starts something, as far as its line shows: most stand in texts and comments.
 *
 * @param {string} source
 */
function mayDecorate(source) {
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
