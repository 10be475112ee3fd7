// Images, fonts and media as data URLs, and imports with ?raw, ?url, ?inline, data-url:, url: and bundle-text:.
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pluginFailure } from './diagnostics.mjs'

const ASSETS =
  /\.(?:png|jpe?g|gif|webp|avif|svg|bmp|ico|cur|woff2?|ttf|otf|eot|mp3|wav|ogg|m4a|mp4|webm|wasm|pdf)$/i
const STYLES = /\.(?:css|less|s[ac]ss)$/
const SCHEMES = {
  'data-url:': () => 'url',
  'url:': () => 'url',
  'bundle-text:': (path) => (STYLES.test(path) ? 'inline' : 'raw'),
}

export function assets(shared) {
  const { options, release, warnings } = shared

  async function inlined(path, limit) {
    const { size } = await stat(path)
    if (size > limit) {
      const message = tooLarge(path, size, limit)
      if (release) return pluginFailure(message)
      warnings.push({ ...message, severity: 'warning' })
    }
    return { contents: await readFile(path), loader: 'dataurl' }
  }

  async function queried({ path, suffix }) {
    const how = suffix.slice(1)
    if (how === 'inline' && STYLES.test(path)) return shared.styleText(path)
    if (how === 'raw') return { contents: await readFile(path), loader: 'text' }
    return inlined(path, options.inline_limit)
  }

  return {
    name: 'assets',
    setup(build) {
      const resolved = async (path, how, { importer, resolveDir, kind }) => {
        const found = await build.resolve(path, { importer, resolveDir, kind })
        if (found.errors.length) return { errors: found.errors }
        shared.dependencies.set(`${found.path}?${how}`, [found.path])
        return { path: found.path, suffix: `?${how}`, namespace: 'asset-text' }
      }
      build.onResolve({ filter: /\?(?:raw|url|inline)$/ }, (args) => {
        const [path, how] = args.path.split('?')
        return resolved(path, how, args)
      })
      build.onResolve({ filter: /^(?:data-url|url|bundle-text):/ }, (args) => {
        const [scheme] = /^[a-z-]+:/.exec(args.path)
        const path = args.path.slice(scheme.length)
        return resolved(path, SCHEMES[scheme](path), args)
      })
      build.onLoad({ filter: /./, namespace: 'asset-text' }, queried)
      build.onLoad({ filter: ASSETS, namespace: 'file' }, ({ path }) => inlined(path, options.inline_limit))
    },
  }
}

function tooLarge(path, size, limit) {
  return {
    text: `${path.split(/[\\/]/).pop()} is ${size} bytes, over inline_limit (${limit}); a release has only one JS and one CSS file, so it cannot be a file of its own.`,
    hint: `Make the ${extname(path).slice(1)} smaller, load it from an https:// address, or raise inline_limit in devkit.toml.`,
    file: path,
    stage: 'assets',
    severity: 'error',
  }
}
