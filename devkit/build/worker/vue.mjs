// Vue 3 single-file components.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { pluginFailure } from './diagnostics.mjs'
import { stampOf } from './styles.mjs'

export class Vue {
  constructor(shared) {
    this.shared = shared
    this.kept = new Map()
    const installed = shared.tools.anyVersionInProject('vue')
    this.tooOld = installed && installed[0] < 3 ? installed.join('.') : null
    this.compiler = this.tooOld ? null : shared.tools.load('@vue/compiler-sfc')
    if (shared.tools.versionInProject('typescript')) {
      this.compiler?.registerTS?.(() => shared.tools.fromProject('typescript'))
    }
  }

  // Return the module of a component: its script, and imports of its template and styles.
  async component(path) {
    if (this.tooOld)
      return pluginFailure(
        failure(`devkit compiles Vue 3 components; this project has vue ${this.tooOld}.`, { file: path }),
      )
    const source = await readFile(path, 'utf8')
    const known = this.kept.get(path)
    if (known?.source === source && known.answer && known.stamp === stampOf(known.reads)) return known.answer
    for (const file of [path, ...(known?.reads ?? [])]) this.compiler.invalidateTypeCache?.(file)
    const { descriptor, errors } = this.compiler.parse(source, {
      filename: path,
      sourceMap: this.shared.options.sourcemap,
    })
    const name = relative(this.shared.options.project, path).split(sep).join('/')
    const id = createHash('sha256').update(name).digest('hex').slice(0, 8)
    const entry = { source, descriptor, id, reads: new Set(), parts: new Map() }
    this.kept.set(path, entry)
    if (errors.length) return pluginFailure(...errors.map((error) => this.explained(error, path, source)))
    try {
      entry.answer = this.assemble(entry, path, name)
      entry.stamp = stampOf(entry.reads)
    } catch (error) {
      this.shared.dependencies.set(`${path}?script`, [...entry.reads])
      return pluginFailure(this.explained(error, path, source))
    }
    this.shared.dependencies.set(`${path}?script`, [...entry.reads])
    return entry.answer
  }

  assemble(entry, path, name) {
    const { descriptor, id } = entry
    const script = this.script(entry, path)
    const lines = [script.code]
    if (descriptor.template && !script.inlined) {
      lines.push(
        `import { render as __render } from ${part(path, 'template')};`,
        '__sfc__.render = __render;',
      )
    }
    const modules = []
    descriptor.styles.forEach((style, index) => {
      const from = part(path, `style&index=${index}`)
      if (!style.module) {
        lines.push(`import ${from};`)
        return
      }
      const variable = `__style${index}`
      lines.push(`import ${variable} from ${from};`)
      modules.push(`${JSON.stringify(style.module === true ? '$style' : style.module)}: ${variable}`)
    })
    if (modules.length) lines.push(`__sfc__.__cssModules = { ${modules.join(', ')} };`)
    if (descriptor.styles.some((style) => style.scoped)) lines.push(`__sfc__.__scopeId = "data-v-${id}";`)
    if (!this.shared.release) lines.push(`__sfc__.__file = ${JSON.stringify(name)};`)
    lines.push('export default __sfc__;')
    const contents = lines.join('\n') + comment(script.map, this.shared.options.sourcemap)
    return { contents, loader: script.loader, resolveDir: dirname(path) }
  }

  script(entry, path) {
    const { descriptor, id, reads } = entry
    const block = descriptor.scriptSetup ?? descriptor.script
    if (!block) return { code: 'const __sfc__ = {};', loader: 'js', map: null, inlined: false }
    const inlined = Boolean(descriptor.scriptSetup && (!descriptor.template || !descriptor.template.src))
    const made = this.compiler.compileScript(descriptor, {
      id,
      isProd: this.shared.release,
      inlineTemplate: inlined,
      genDefaultAs: '__sfc__',
      sourceMap: this.shared.options.sourcemap,
      templateOptions: this.templateOptions(entry, path),
      fs: {
        fileExists: (file) => existsSync(file),
        readFile: (file) => {
          reads.add(file)
          return readFileSync(file, 'utf8')
        },
      },
    })
    entry.bindings = made.bindings
    const loader = { ts: 'ts', tsx: 'tsx', jsx: 'jsx' }[block.lang] ?? 'jsx'
    return { code: made.content, loader, map: made.map, inlined }
  }

  templateOptions({ descriptor, id, bindings }, path) {
    const isTs = /tsx?/.test((descriptor.scriptSetup ?? descriptor.script)?.lang ?? '')
    return {
      filename: path,
      id,
      isProd: this.shared.release,
      scoped: descriptor.styles.some((style) => style.scoped),
      slotted: descriptor.slotted,
      ssr: false,
      ssrCssVars: [],
      transformAssetUrls: { includeAbsolute: false },
      compilerOptions: { bindingMetadata: bindings, expressionPlugins: isTs ? ['typescript'] : [] },
    }
  }

  // Return a template or style of a component, asked for with ?vue&type=...
  async part(path, suffix) {
    const query = new URLSearchParams(suffix.slice(1))
    const entry = this.kept.get(path)
    const known = entry.parts.get(suffix)
    if (known && known.stamp === stampOf(known.files)) return known.answer
    const files = new Set()
    const answer =
      query.get('type') === 'template'
        ? this.template(entry, path)
        : await this.style(entry, path, Number(query.get('index')), files)
    // A PostCSS configuration may depend on files that it does not name.
    const lasting = !answer.errors && !this.shared.pipeline.config
    if (lasting) entry.parts.set(suffix, { files, stamp: stampOf(files), answer })
    return answer
  }

  template(entry, path) {
    const { descriptor } = entry
    const { content, ast, lang } = descriptor.template
    const made = this.compiler.compileTemplate({
      ...this.templateOptions(entry, path),
      source: content,
      ast: lang ? undefined : ast,
      preprocessLang: lang,
      inMap: descriptor.template.map,
    })
    if (made.errors.length)
      return pluginFailure(...made.errors.map((error) => this.explained(error, path, entry.source)))
    const isTs = /tsx?/.test((descriptor.scriptSetup ?? descriptor.script)?.lang ?? '')
    return {
      contents: made.code + comment(made.map, this.shared.options.sourcemap),
      loader: isTs ? 'ts' : 'js',
      resolveDir: dirname(path),
    }
  }

  async style(entry, path, index, files) {
    const block = entry.descriptor.styles[index]
    // Blank lines in front keep the lines of messages and source maps those of the component file.
    const source = '\n'.repeat(block.loc.start.line - 1) + block.content
    const { pipeline } = this.shared
    const scope =
      block.scoped || entry.descriptor.cssVars.length ? (made) => this.scoped(made, entry, path, block) : null
    const key = `${path}?style${index}`
    try {
      const from = block.src ? await this.outside(block.src, path) : { source, path }
      files.add(from.path)
      const made = await pipeline.compile({ ...from, lang: block.lang ?? from.lang, files, extra: scope })
      this.shared.dependencies.set(key, [...files])
      return { contents: made.code, loader: block.module ? 'local-css' : 'css', resolveDir: dirname(path) }
    } catch (error) {
      this.shared.dependencies.set(key, [...files])
      return pluginFailure(error.devkit ?? this.explained(error, path, entry.source))
    }
  }

  async outside(name, path) {
    const { resolve, extname } = await import('node:path')
    const file = resolve(dirname(path), name)
    return { source: await readFile(file, 'utf8'), path: file, lang: extname(file).slice(1) }
  }

  async scoped(made, entry, path, block) {
    const done = await this.compiler.compileStyleAsync({
      source: made.code,
      filename: path,
      id: `data-v-${entry.id}`,
      scoped: Boolean(block.scoped),
      isProd: this.shared.release,
      inMap: made.map ?? undefined,
      trim: false,
      postcssOptions: {
        map: this.shared.options.sourcemap
          ? { inline: false, annotation: false, prev: made.map ?? false }
          : undefined,
      },
    })
    if (done.errors.length) throw done.errors[0]
    return { code: done.code, map: done.map ?? null }
  }

  explained(error, path, source) {
    const place = placeOf(error, source)
    const text = String(error.message ?? error)
      .replace(/^\[@vue\/compiler-sfc\]\s*/, '')
      .replace(/\s*\(\d+:\d+\)/, '')
      .split('\n')[0]
    return failure(text, { file: path, ...place })
  }
}

const part = (path, query) => JSON.stringify(`./${path.split(/[\\/]/).pop()}?vue&type=${query}`)

function comment(map, wanted) {
  if (!map || !wanted) return ''
  const text = Buffer.from(JSON.stringify(map)).toString('base64')
  return `\n//# sourceMappingURL=data:application/json;base64,${text}`
}

function failure(text, place) {
  return { text, line: 0, column: 0, stage: 'vue', severity: 'error', ...place }
}

// Template errors have loc.start in the file; script errors show "path:line:column" or a frame with numbers.
function placeOf(error, source) {
  const start = error.loc?.start
  if (start) return { line: start.line, column: start.column }
  const shown = /^(\d+)\s*\|[^\n]*\n\s*\|(\s*)\^/m.exec(String(error.message ?? ''))
  if (shown) return { line: Number(shown[1]), column: Math.max(1, shown[2].length - 1) }
  if (error.loc?.line) return { line: error.loc.line, column: error.loc.column + 1 }
  if (error.line) return { line: error.line, column: error.column ?? 0 }
  return source ? { line: 1, column: 1 } : {}
}
