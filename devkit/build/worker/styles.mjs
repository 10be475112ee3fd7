// LESS, Sass, PostCSS, px to vw and vendor prefixes; results are kept until a file that they came from changes.
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pluginFailure } from './diagnostics.mjs'
import { packageFolder } from './tools.mjs'

const LANGUAGES = { '.less': 'less', '.scss': 'scss', '.sass': 'sass', '.css': 'css' }
const MODULE = /\.module\.\w+$/

export function styles(shared) {
  const pipeline = new Pipeline(shared)
  shared.pipeline = pipeline
  shared.styleText = (path) => pipeline.text(path)
  return {
    name: 'styles',
    setup(build) {
      pipeline.esbuild = build.esbuild
      const hooked = pipeline.touchesCss() ? /\.(?:css|less|s[ac]ss)$/ : /\.(?:less|s[ac]ss)$/
      build.onResolve({ filter: /~[^/]/ }, async ({ path, kind, importer, resolveDir }) => {
        if (kind !== 'import-rule' && kind !== 'url-token') return null
        const found = resolveStyle(
          path.replace(/^.*?~/, ''),
          resolveDir,
          shared.aliases,
          shared.options.project,
        )
        return found
          ? { path: found }
          : build.resolve(path.replace(/^.*?~/, './'), { kind, importer, resolveDir })
      })
      build.onLoad({ filter: hooked, namespace: 'file' }, ({ path }) => pipeline.load(path))
    },
  }
}

class Pipeline {
  constructor(shared) {
    this.shared = shared
    this.kept = new Map()
    this.stages = {}
  }

  // Tell whether plain CSS files need more than esbuild.
  touchesCss() {
    const { options } = this.shared
    this.config = findPostcssConfig(options.project, this.shared.manifest)
    return Boolean(this.config || options.px_to_viewport || isOld(options.target))
  }

  async load(path) {
    const known = this.kept.get(path)
    if (known && known.stamp === stampOf(known.files)) return known.answer
    this.kept.delete(path)
    let source = ''
    const files = new Set([path])
    try {
      source = await readFile(path, 'utf8')
      const stamp = stampOf([path])
      const made = await this.compile({ source, path, lang: LANGUAGES[extname(path)], files })
      const loader = MODULE.test(path) ? 'local-css' : 'css'
      const answer = { contents: made.code, loader, resolveDir: dirname(path) }
      this.shared.dependencies.set(path, [...files])
      if (!made.unkept && stamp === stampOf([path])) {
        this.kept.set(path, { files: [...files], stamp: stampOf(files), answer })
      }
      return answer
    } catch (error) {
      this.shared.dependencies.set(path, [...files])
      if (!error.devkit) throw error
      return pluginFailure(error.devkit)
    }
  }

  // Compile a style to CSS with an inline source map. files gains every file that it reads.
  async compile({ source, path, lang, files, extra = null }) {
    let made = { code: source, map: null }
    if (lang && lang !== 'css' && lang !== 'postcss') {
      const stage = await this.stage(lang === 'less' ? 'less' : 'sass')
      made = await stage({ source, path, lang, files, shared: this.shared })
    }
    if (extra) made = await extra(made)
    return this.finish(made, path, files)
  }

  async finish(made, path, files) {
    const { options } = this.shared
    let { code, map } = made
    let unkept = false
    if (this.config || needsPrefixer(code, options.target)) {
      const stage = await this.stage('postcss')
      ;({ code, map, unkept } = await stage({
        code,
        map,
        path,
        files,
        config: this.config,
        shared: this.shared,
      }))
    }
    if (options.px_to_viewport) code = pxToViewport(code, options.px_to_viewport)
    return { code: withMap(code, map), unkept }
  }

  // Return the CSS of a file as text, as `import css from './x.less?inline'` gives it.
  async text(path) {
    const made =
      MODULE.test(path) || LANGUAGES[extname(path)] !== 'css' || this.config ? await this.load(path) : null
    if (made?.errors) return made
    const contents = made ? made.contents : await readFile(path, 'utf8')
    const { code } = await this.esbuild.transform(contents, {
      loader: 'css',
      minify: this.shared.release,
      target: this.shared.options.target.split(','),
    })
    return { contents: code, loader: 'text' }
  }

  async stage(name) {
    this.stages[name] ??= import(`./${name}.mjs`).then((module) => module.compile)
    return this.stages[name]
  }
}

// Return a text that changes when any of the files does.
export function stampOf(files) {
  const stamps = []
  for (const file of files) {
    const state = statSync(file, { throwIfNoEntry: false })
    stamps.push(state ? `${state.mtimeMs}:${state.size}:${state.ino}` : 'gone')
  }
  return stamps.join(' ')
}

function withMap(code, map) {
  if (!map) return code
  const text = typeof map === 'string' ? map : JSON.stringify(map)
  return `${code}\n/*# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')} */`
}

// Find a style by the name that follows ~, or by an alias: {name} or {name}.{less,scss,sass,css}, or an index.
export function resolveStyle(name, from, aliases, project) {
  let target = null
  for (const [alias, value] of aliases) {
    const prefix = alias.endsWith('/') ? alias : `${alias}/`
    if (name.startsWith(prefix)) target = join(aliased(value, project), name.slice(prefix.length))
  }
  if (!target) {
    const [, packageName, rest] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) ?? []
    const folder = packageName && packageFolder(packageName, from)
    if (!folder) return null
    target = join(folder, rest)
  }
  const partial = join(dirname(target), `_${target.slice(dirname(target).length + 1)}`)
  const names = [target]
  for (const base of [target, partial]) names.push(...Object.keys(LANGUAGES).map((suffix) => base + suffix))
  names.push(...Object.keys(LANGUAGES).map((suffix) => join(target, `index${suffix}`)))
  return names.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null
}

function aliased(value, project) {
  const path = resolve(project, value)
  return statSync(path, { throwIfNoEntry: false }) ? path : (packageFolder(value, project) ?? path)
}

// Rewrite px of declarations to vw, as postcss-px-to-viewport does: 5 decimals, 1px and PX stay, selectors and
// media conditions stay, and so does a declaration that is marked with px-to-viewport-ignore.
export function pxToViewport(css, width) {
  const token =
    /\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|url\((?:\\.|[^)\\])*\)|[;{}]|[^;{}"'/u]+|[\s\S]/g
  const out = []
  let piece = []
  let ignoreNext = false
  let last = null // the declaration before, as it was written
  for (const [part] of css.matchAll(token)) {
    const alone = !piece.join('').trim()
    if (part === ';' || part === '{' || part === '}') {
      const raw = piece.join('')
      const keep = part === '{' || ignoreNext
      last = alone ? null : { index: out.length, raw }
      out.push(keep ? raw : rewrite(raw, width), part)
      if (!alone) ignoreNext = false
      piece = []
    } else if (/^\/\*\s*px-to-viewport-ignore-next\s*\*\/$/.test(part)) {
      ignoreNext = true
      out.push(...piece, part)
      piece = []
    } else {
      if (
        last &&
        alone &&
        !piece.join('').includes('\n') &&
        /^\/\*\s*px-to-viewport-ignore\s*\*\/$/.test(part)
      ) {
        out[last.index] = last.raw
      }
      piece.push(part)
    }
  }
  return out.join('') + piece.join('')
}

function rewrite(text, width) {
  const skipped =
    /(\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|url\((?:\\.|[^)\\])*\))|((?:\d+\.)?\d+|\.\d+)px(?![\w-])/g
  return text.replace(skipped, (whole, kept, number, offset) => {
    if (kept || (/[\w#-]$/.test(text.slice(Math.max(0, offset - 1), offset)) && !isSign(text, offset)))
      return whole
    const pixels = Number(number)
    if (pixels <= 1) return whole
    return `${Number(((pixels / width) * 100).toFixed(5))}vw`
  })
}

// "-16px" and "1px-2px" differ from a name such as "a-16px".
function isSign(text, offset) {
  return text[offset - 1] === '-' && !/[\w-]/.test(text[offset - 2] ?? ' ')
}

const CONFIGS = [
  'postcss.config.js',
  'postcss.config.cjs',
  'postcss.config.mjs',
  'postcss.config.json',
  '.postcssrc',
  '.postcssrc.json',
  '.postcssrc.js',
  '.postcssrc.cjs',
]

function findPostcssConfig(project, manifest) {
  const file = CONFIGS.map((name) => join(project, name)).find((path) =>
    statSync(path, { throwIfNoEntry: false }),
  )
  if (file) return { file }
  return manifest.postcss ? { value: manifest.postcss } : null
}

// What esbuild does not prefix, by the age of the target; only then is autoprefixer loaded.
const BEYOND_ESBUILD =
  /::placeholder|:placeholder-shown|:fullscreen|::backdrop|image-set\(|cross-fade\(|:(?:any-link|read-only|read-write)|\b(?:fit|min|max)-content\b|writing-mode/
const OLD_NEEDS =
  /flex|transform|animation|transition|gradient\(|@keyframes|box-(?:sizing|shadow)|border-radius|columns?|calc\(|filter|order|align-|justify-|perspective/
const MODERN = { ios: 12, safari: 12, chrome: 70, firefox: 68, edge: 79, opera: 57 }
const OLD = { ios: 9, safari: 9, chrome: 36, firefox: 28, edge: 12, opera: 24, ie: 99 }

function below(target, limits) {
  return target.split(',').some((name) => {
    const [, engine, version] = /^\s*([a-z]+)([\d.]+)/i.exec(name) ?? []
    return limits[engine] !== undefined && Number.parseFloat(version) < limits[engine]
  })
}

const isOld = (target) => below(target, MODERN)

export function needsPrefixer(css, target) {
  return (isOld(target) && BEYOND_ESBUILD.test(css)) || (below(target, OLD) && OLD_NEEDS.test(css))
}
