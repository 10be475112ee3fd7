// The styles that babel-plugin-import adds: each component's own, with the component.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** @import { Plugin } from 'esbuild' */
/** @import { Findings } from './reading.mjs' */

/**
 * Let each component of a library import its style. What tree shaking leaves out takes its style along, so that
 * nobody has to look at which names a panel imports.
 *
 * @param {Findings} found
 * @returns {Plugin | null}
 */
export function componentStyles({ libraries }) {
  if (!libraries.length) return null
  const names = libraries.map(({ library }) => library.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  const filter = new RegExp(
    `[\\\\/]node_modules[\\\\/](${names.join('|')})[\\\\/](?:es|lib)[\\\\/][^\\\\/]+[\\\\/]index\\.js$`,
  )
  return {
    name: 'component styles',
    setup(build) {
      build.onLoad({ filter, namespace: 'file' }, async ({ path }) => {
        const [, library] = filter.exec(path.replaceAll('\\', '/')) ?? []
        const style = libraries.find((item) => item.library === library)?.style ?? ''
        const own = `./${style}.js`
        if (!existsSync(join(dirname(path), own))) return null
        const source = await readFile(path, 'utf8')
        const added = /^\s*(?:import|export)\b/m.test(source) ? `import '${own}'` : `require('${own}')`
        return { contents: `${source}\n;${added};\n`, loader: 'jsx' }
      })
    },
  }
}
