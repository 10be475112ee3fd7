// Imports that the host page answers, and packages that the toolchain lends to projects without node_modules.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FROM_VUE_2, pluginFailure, ToolFailure } from './diagnostics.mjs'
import { packageFolder } from './tools.mjs'

/** @import { Plugin } from 'esbuild' */
/** @import { Manifest, Shared } from './shared' */

const JSX_RUNTIME = `
const { createElement, Fragment } = window.React;
const jsx = (type, props, key) => createElement(type, key === undefined ? props : { ...props, key });
module.exports = { jsx, jsxs: jsx, jsxDEV: jsx, Fragment };
`
const REACT_DOM_CLIENT = `
const root = (container) => ({
  render: (element) => window.ReactDOM.render(element, container),
  unmount: () => window.ReactDOM.unmountComponentAtNode(container),
});
module.exports = {
  createRoot: root,
  hydrateRoot: (container, element) => {
    const made = root(container);
    made.render(element);
    return made;
  },
};
`
const SDK = { 'qcloud-iotexplorer-h5-panel-sdk': 'module.exports = window.h5PanelSdk;' }
const REACT = {
  react: 'module.exports = window.React;',
  'react-dom': 'module.exports = window.ReactDOM;',
  'react-dom/client': REACT_DOM_CLIENT,
  'react/jsx-runtime': JSX_RUNTIME,
  'react/jsx-dev-runtime': JSX_RUNTIME,
}

/**
 * Answer imports of React and the SDK with the host page's globals.
 *
 * @param {Pick<Shared, 'options' | 'aliases' | 'manifest'>} shared
 * @returns {Plugin}
 */
export function hostGlobals({ options, aliases, manifest }) {
  /** @type {Map<string, string>} */
  const modules = new Map(Object.entries(options.react === 'host' ? { ...SDK, ...REACT } : SDK))
  for (const name of [...modules.keys()]) {
    if ([...aliases.keys()].some((alias) => name === alias || name.startsWith(`${alias}/`)))
      modules.delete(name)
  }
  for (const [name, value] of Object.entries(manifest.alias ?? {})) {
    if (typeof value !== 'string' && value?.global)
      modules.set(name, `module.exports = window[${JSON.stringify(value.global)}];`)
  }
  return {
    name: 'host',
    setup(build) {
      build.onResolve({ filter: exactly(modules.keys()) }, ({ path }) => ({ path, namespace: 'host' }))
      build.onLoad({ filter: /./, namespace: 'host' }, ({ path }) => ({
        contents: modules.get(path),
        loader: 'js',
      }))
    },
  }
}

/**
 * Let the toolchain's vue, react and regenerator-runtime serve a project that has not installed them.
 *
 * @param {Pick<Shared, 'options' | 'toolchain' | 'manifest'>} shared
 * @returns {Plugin}
 */
export function packageFallback({ options, toolchain, manifest }) {
  const old = oldVue(manifest)
  const lent = ['vue', 'react', 'react-dom', 'regenerator-runtime'].filter(
    (name) => !packageFolder(name, options.project),
  )
  return {
    name: 'toolchain',
    setup(build) {
      if (!lent.length) return
      const filter = new RegExp(`^(?:${lent.map(escaped).join('|')})(?:/|$)`)
      build.onResolve({ filter }, async (args) => {
        if (args.pluginData?.lent) return null
        const { path, kind, importer } = args
        const own = { kind, importer, resolveDir: args.resolveDir, pluginData: { lent: true } }
        const found = await build.resolve(path, own)
        if (!found.errors.length) return found
        if (old && /^vue(?:\/|$)/.test(path)) return pluginFailure(forVue2(options.project, old))
        return build.resolve(path, { ...own, importer: '', resolveDir: toolchain })
      })
    },
  }
}

/**
 * Return the version of Vue that package.json asks for when it is 2, else ''.
 *
 * @param {Manifest} manifest
 */
export function oldVue({ dependencies, devDependencies }) {
  const wanted = { ...devDependencies, ...dependencies }.vue
  return typeof wanted === 'string' && /^[\^~>=v\s]*2(?:\.|$)/.test(wanted) ? wanted : ''
}

/**
 * @param {string} project
 * @param {string} version
 */
function forVue2(project, version) {
  const file = join(project, 'package.json')
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = lines.findIndex((text) => /"vue"\s*:/.test(text)) + 1
  return new ToolFailure({
    text: `This project is written for Vue 2 (package.json has vue ${version}), which is not installed; devkit compiles components of Vue 3.`,
    hint: FROM_VUE_2,
    ...{ file, line, column: 1, stage: 'vue' },
  })
}

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** @param {Iterable<string>} names */
function exactly(names) {
  return new RegExp(`^(?:${[...names].map(escaped).join('|')})$`)
}
