// What babel-plugin-import does: of a library only the components that are used, each with its own style.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** @import { Plugin } from 'esbuild' */
/** @import { Findings } from './reading.mjs' */
/** @import { Tools } from './tools.mjs' */

/** Marks what the index of a library hands on. */
const PART = 'component-import:'

/**
 * Return what fits the index of each library, and its components, with the library's name as a group.
 *
 * @param {Findings['libraries']} libraries
 * @returns {{ names: RegExp, index: RegExp, component: RegExp } | null}
 */
export function componentFiles(libraries) {
  if (!libraries.length) return null
  const names = libraries.map(({ library }) => library.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')
  const folder = `[\\\\/]node_modules[\\\\/](${names})[\\\\/](?:es|lib)[\\\\/]`
  return {
    names: new RegExp(`^(?:${names})$`),
    index: new RegExp(`${folder}index\\.m?js$`),
    component: new RegExp(`${folder}[^\\\\/]+[\\\\/]index\\.m?js$`),
  }
}

/**
 * Leave out the components that a panel does not use, also of libraries that do not say that they can be left out,
 * and let each that it uses import its style.
 *
 * @param {Findings} found
 * @param {Tools} tools
 * @returns {Plugin | null}
 */
export function componentStyles({ libraries }, tools) {
  const files = componentFiles(libraries)
  if (!files) return null
  return {
    name: 'component styles',
    setup(build) {
      build.onResolve({ filter: files.names }, async ({ path, pluginData, ...args }) => {
        if (pluginData?.library || args.kind !== 'import-statement') return null
        const { kind, importer, resolveDir } = args
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: { library: true } })
        return files.index.test(found.path) ? { ...found, sideEffects: false } : found
      })
      build.onLoad({ filter: files.index, namespace: 'file' }, async ({ path }) => {
        const lexer = tools.load('es-module-lexer')
        const MagicString = tools.load('magic-string').default
        await lexer.init
        const source = await readFile(path, 'utf8')
        const text = new MagicString(source)
        for (const { n: name, s: start, e: end, d: dynamic } of lexer.parse(source)[0])
          if (dynamic === -1 && name?.startsWith('./')) text.overwrite(start, end, PART + name)
        return { contents: text.toString(), loader: 'js' }
      })
      build.onResolve({ filter: new RegExp(`^${PART}`) }, async ({ path, kind, importer, resolveDir }) => {
        const found = await build.resolve(path.slice(PART.length), { kind, importer, resolveDir })
        return files.component.test(found.path) ? { ...found, sideEffects: false } : found
      })
      build.onLoad({ filter: files.component, namespace: 'file' }, async ({ path }) => {
        const [, library] = files.component.exec(path) ?? []
        const style = libraries.find((item) => item.library === library?.replaceAll('\\', '/'))?.style
        const own = `./${style}.js`
        if (!style || !existsSync(join(dirname(path), own))) return null
        const source = await readFile(path, 'utf8')
        const added = /^\s*(?:import|export)\b/m.test(source) ? `import '${own}'` : `require('${own}')`
        return { contents: `${source}\n;${added};\n`, loader: 'jsx' }
      })
    },
  }
}
