// Run the project's PostCSS configuration, and autoprefixer for targets that esbuild does not serve.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { needsPrefixer } from './styles.mjs'

const BROWSERS = {
  ios: 'ios_saf',
  safari: 'safari',
  chrome: 'chrome',
  firefox: 'firefox',
  edge: 'edge',
  opera: 'opera',
  ie: 'ie',
}

export async function compile({ code, map, path, files, config, shared }) {
  const { options, tools, warnings } = shared
  const configured = config ? await loadConfig(config, shared) : { plugins: [], settings: {} }
  const plugins = [...configured.plugins]
  const prefixed = plugins.some((plugin) => plugin?.postcssPlugin === 'autoprefixer')
  if (!prefixed && needsPrefixer(code, options.target)) {
    const browsers = browserslist(options.target)
    plugins.push(tools.load('autoprefixer')({ overrideBrowserslist: browsers, remove: false }))
  }
  const postcss = tools.load('postcss')
  try {
    const made = await postcss(plugins).process(code, {
      ...configured.settings,
      from: path,
      to: path,
      map: options.sourcemap
        ? { inline: false, annotation: false, sourcesContent: true, prev: map ?? false }
        : false,
    })
    let unkept = false
    for (const message of made.messages) {
      if (message.type === 'dependency') files.add(message.file)
      if (message.type === 'dir-dependency') unkept = true
      if (message.type === 'warning') warnings.push(warning(message, path))
    }
    return { code: made.css, map: made.map ? made.map.toString() : null, unkept }
  } catch (error) {
    throw explained(error, path)
  }
}

function browserslist(target) {
  const found = []
  for (const name of target.split(',')) {
    const [, engine, version] = /^\s*([a-z]+)([\d.]+)/i.exec(name) ?? []
    if (BROWSERS[engine]) found.push(`${BROWSERS[engine]} >= ${version}`)
  }
  return found
}

async function loadConfig(config, shared) {
  const { tools, options } = shared
  let value = config.value
  try {
    if (config.file) value = await readConfig(config.file, tools)
    if (typeof value === 'function') {
      const env = options.mode
      value = await value({ env, mode: env, cwd: options.project, options: {}, file: {} })
    }
    const { plugins = [], ...settings } = value ?? {}
    return {
      plugins: toPlugins(plugins, options.project),
      settings: {
        parser: loaded(settings.parser, options.project),
        syntax: loaded(settings.syntax, options.project),
      },
    }
  } catch (error) {
    const text = `The PostCSS configuration cannot be used: ${error.message}`
    throw Object.assign(new Error(text), {
      devkit: {
        text,
        file: config.file ?? join(options.project, 'package.json'),
        stage: 'postcss',
        severity: 'error',
        hint: missing(error),
      },
    })
  }
}

const missing = (error) =>
  error.code === 'MODULE_NOT_FOUND' ? 'Install the packages that it names: npm install' : ''

async function readConfig(file, tools) {
  if (/(?:\.json|rc)$/.test(file)) return JSON.parse(readFileSync(file, 'utf8'))
  if (file.endsWith('.mjs')) return tools.importFromProject(file)
  try {
    const require = createRequire(file)
    delete require.cache[file]
    return require(file)
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && !(error instanceof SyntaxError)) throw error
    return tools.importFromProject(file)
  }
}

function loaded(name, project) {
  return typeof name === 'string' ? createRequire(join(project, 'package.json'))(name) : name
}

// Plugins come as a list of functions or names, or as {name: options}; false turns one off.
function toPlugins(plugins, project) {
  const require = createRequire(join(project, 'package.json'))
  const make = (name, options) => {
    const module = require(name)
    return (module.default ?? module)(...(options && options !== true ? [options] : []))
  }
  const entries = Array.isArray(plugins) ? plugins : Object.entries(plugins)
  return entries
    .filter((entry) => entry && !(Array.isArray(entry) && entry[1] === false))
    .map((entry) => {
      if (typeof entry === 'string') return make(entry)
      return Array.isArray(entry) ? make(...entry) : entry
    })
}

function warning(message, path) {
  return {
    text: message.text,
    file: path,
    line: message.line ?? 0,
    column: message.column ?? 0,
    stage: 'postcss',
    severity: 'warning',
  }
}

function explained(error, path) {
  const text = error.reason ?? error.message ?? String(error)
  const place = {
    file: error.input?.file ?? error.file ?? path,
    line: error.input?.line ?? error.line ?? 0,
    column: error.input?.column ?? error.column ?? 0,
  }
  return Object.assign(new Error(text), { devkit: { text, ...place, stage: 'postcss', severity: 'error' } })
}
