// One project: its esbuild context, and replies in the shape that the Python side reads.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { configure } from './configure.mjs'
import { explain, fromEsbuild } from './diagnostics.mjs'
import { Tools } from './tools.mjs'

const PARTS = { 'index.js': 'js', 'index.css': 'css', 'index.js.map': 'js_map', 'index.css.map': 'css_map' }

const SCRIPT_IMPORTS = new Set(['import-statement', 'require-call', 'dynamic-import'])

export class Project {
  constructor(folder, toolchain) {
    this.folder = folder
    this.toolchain = toolchain
    this.tools = new Tools(folder, toolchain)
    this.esbuild = this.tools.load('esbuild')
    this.context = null
    this.failure = null
    this.forget()
  }

  // Forget what the other side has been sent, so that all of it is sent again.
  forget() {
    this.sent = new Map()
    this.sentInputs = null
  }

  async open(options) {
    await this.close()
    this.failure = null
    this.release = options.mode === 'production'
    try {
      const { settings, reads, warnings } = await configure(this.tools, this.toolchain, options)
      this.reads = reads
      this.warnings = warnings
      this.context = await this.esbuild.context(settings)
    } catch (error) {
      this.failure = error
    }
    return {}
  }

  async rebuild() {
    const began = performance.now()
    if (this.failure) throw this.failure
    this.warnings.length = 0
    const result = await this.context.rebuild()
    const ms = performance.now() - began
    const reply = { ms: Math.round(ms * 100) / 100, parts: {}, same: [] }
    for (const file of result.outputFiles) this.addPart(reply, file)
    const inputs = this.inputsOf(result.metafile).sort()
    const joined = inputs.join('\n')
    if (joined !== this.sentInputs) {
      reply.inputs = inputs
      this.sentInputs = joined
    }
    const found = await Promise.all(
      result.warnings.map((message) => fromEsbuild(message, this.folder, 'warning')),
    )
    reply.warnings = [...found, ...this.warnings]
    if (this.release) Object.assign(reply, this.forRelease(result.metafile))
    return reply
  }

  // Return what the checks of a release need: the largest inputs, and imports that stay outside.
  forRelease({ inputs, outputs }) {
    const bytes = new Map()
    const external = []
    // An import that TypeScript drops as a type is listed for its file, but in no output.
    const kept = new Set()
    for (const output of Object.values(outputs)) {
      for (const { path } of output.imports) kept.add(path)
      for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
        bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput)
      }
    }
    for (const [file, { imports }] of Object.entries(inputs)) {
      for (const { path, kind, external: outside } of imports) {
        if (outside && kept.has(path) && SCRIPT_IMPORTS.has(kind) && !path.startsWith('<'))
          external.push([path, join(this.folder, file)])
      }
    }
    const largest = [...bytes].sort((one, other) => other[1] - one[1]).slice(0, 5)
    return { largest, external }
  }

  addPart(reply, file) {
    const name = PARTS[file.path.split(/[\\/]/).pop()]
    if (!name) return
    if (this.sent.get(name) === file.hash) {
      reply.same.push(name)
    } else {
      this.sent.set(name, file.hash)
      reply.parts[name] = file.contents
    }
  }

  inputsOf(metafile) {
    const inputs = new Set(this.reads())
    for (const name of Object.keys(metafile.inputs)) {
      const path = name.replace(/[?#].*$/, '')
      if (!/^(?:[\w-]{2,}:|<)/.test(path)) inputs.add(join(this.folder, path))
    }
    return [...inputs]
  }

  explain(error) {
    return explain(error, this.folder)
  }

  async close() {
    const { context } = this
    this.context = null
    this.forget()
    if (context) await context.dispose()
  }
}
