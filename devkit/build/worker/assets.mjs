// Images, fonts and media as data URLs, and imports with ?raw, ?url, ?inline, data-url:, url: and bundle-text:.
import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { pluginFailure, ToolFailure } from './diagnostics.mjs'

/** @import { OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild' */
/** @import { Shared } from './shared' */

const ASSETS =
  /\.(?:png|jpe?g|gif|webp|avif|svg|bmp|ico|cur|woff2?|ttf|otf|eot|mp3|wav|ogg|m4a|mp4|webm|wasm|pdf)$/i
const STYLES = /\.(?:css|less|s[ac]ss)$/

/**
 * @param {Shared} shared
 * @param {(path: string) => Promise<OnLoadResult>} styleText - The CSS of a style file as text.
 * @returns {Plugin}
 */
export function assets(shared, styleText) {
  const { options, release, warnings } = shared

  /** @param {string} path @returns {Promise<OnLoadResult>} */
  async function inlined(path) {
    const { size } = await stat(path)
    if (size > options.inline_limit) {
      const failure = tooLarge(path, size, options.inline_limit)
      if (release) return pluginFailure(failure)
      warnings.push({ ...failure.found, severity: 'warning' })
    }
    return { contents: await readFile(path), loader: 'dataurl' }
  }

  /** @param {OnLoadArgs} args @returns {Promise<OnLoadResult>} */
  async function queried({ path, suffix }) {
    const how = suffix.slice(1)
    if (how === 'inline' && STYLES.test(path)) return styleText(path)
    if (how === 'raw') return { contents: await readFile(path), loader: 'text' }
    return inlined(path)
  }

  return {
    name: 'assets',
    setup(build) {
      /** @type {(path: string, how: string, args: OnResolveArgs) => Promise<OnResolveResult>} */
      const resolved = async (path, how, { importer, resolveDir, kind }) => {
        const found = await build.resolve(path, { importer, resolveDir, kind })
        if (found.errors.length) return { errors: found.errors }
        shared.dependencies.set(`${found.path}?${how}`, [found.path])
        return { path: found.path, suffix: `?${how}`, namespace: 'asset-text' }
      }
      build.onResolve({ filter: /\?(?:raw|url|inline)$/ }, (args) => {
        const at = args.path.lastIndexOf('?')
        return resolved(args.path.slice(0, at), args.path.slice(at + 1), args)
      })
      build.onResolve({ filter: /^(?:data-url|url|bundle-text):/ }, (args) => {
        const at = args.path.indexOf(':')
        const path = args.path.slice(at + 1)
        const asText = args.path.startsWith('bundle-text:')
        return resolved(path, asText ? (STYLES.test(path) ? 'inline' : 'raw') : 'url', args)
      })
      build.onLoad({ filter: /./, namespace: 'asset-text' }, queried)
      build.onLoad({ filter: ASSETS, namespace: 'file' }, ({ path }) => inlined(path))
    },
  }
}

/**
 * @param {string} path
 * @param {number} size
 * @param {number} limit
 */
function tooLarge(path, size, limit) {
  return new ToolFailure({
    text: `${basename(path)} is ${size} bytes, over inline_limit (${limit}); a release has only one JS and one CSS file, so it cannot be a file of its own.`,
    hint: `Make the ${extname(path).slice(1)} smaller, load it from an https:// address, or raise inline_limit in devkit.toml.`,
    file: path,
    stage: 'assets',
  })
}
