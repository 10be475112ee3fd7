// Messages of every tool in one shape; counts from 1. Python adds the lines around the place.
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { readJson } from './tools.mjs'

/** @import { Message as EsbuildMessage, PartialMessage } from 'esbuild' */
/** @import { Message } from './messages.generated' */

/** A tool's failure, with the place in the project's own file. */
export class ToolFailure extends Error {
  /** @param {Omit<Message, 'severity'>} message */
  constructor(message) {
    super(message.text)
    /** @type {Message} */
    this.found = { ...message, severity: 'error' }
  }
}

/** {suffix: what to do with a file of that kind}. @type {Record<string, string>} */
const KINDS = {
  '.svelte':
    "devkit does not compile Svelte: write the component in React or Vue, or import what Svelte's own compiler made of it.",
  '.styl':
    'devkit does not compile Stylus: write the style in LESS, Sass or CSS, or import the CSS that stylus makes of it.',
  '.stylus':
    'devkit does not compile Stylus: write the style in LESS, Sass or CSS, or import the CSS that stylus makes of it.',
  '.mdx': 'devkit does not compile MDX: write the page in JSX, or import the text with ?raw.',
  '.coffee': 'devkit does not compile CoffeeScript: import what its compiler made of it.',
  '.pug': 'devkit takes Pug in Vue templates only: write the markup in JSX or HTML.',
}

/** Oldest versions that take whatever esbuild writes; tests build for each. */
const TOO_OLD =
  'Raise `target` in devkit.toml: the oldest that every panel builds for are ios10, safari10, chrome51, firefox53, edge18 and es2015.'

/** What to do with a project of Vue 2. */
export const FROM_VUE_2 =
  'Move to Vue 3 (https://v3-migration.vuejs.org), or build it with its own tool and run the files: devkit preview --js FILE.'

/** @type {[RegExp, (found: string, folder: string) => string][]} */
const HINTS = [
  [
    /^No matching export in "[^"]*\/([^"/]*\.(?:css|less|s[ac]ss))" for import/,
    (file) =>
      `Only CSS modules have names: call the file ${file.replace(/\.(?=\w+$)/, '.module.')}, or put css_modules = "named" into devkit.toml.`,
  ],
  [/^Could not resolve "([^./"][^"]*)"/, missingName],
  [/^Could not resolve "(\.[^"]*)"/, () => 'Check the spelling of the path, and upper and lower case.'],
  [/^Could not resolve "(\/[^"]*)"/, () => 'A path from / has no file in a release; use a relative path.'],
  [/to the configured target environment/, () => TOO_OLD],
  [
    /^Top-level await/,
    () => 'A panel is one plain script: put the code into an async function, and call it.',
  ],
  [
    /^No loader is configured for "([^"]*)"/,
    (suffix) => KINDS[suffix] ?? `Files of type ${suffix} can be imported with ?raw or ?url.`,
  ],
]

/**
 * @param {string} text
 * @param {string} folder
 */
function hintFor(text, folder) {
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(text)
    if (match) return hint(match[1] ?? '', folder)
  }
  return ''
}

/** {module of Node: the package that webpack 4 put in its place}. Source: https://webpack.js.org/configuration/resolve/#resolvefallback
 * @type {Record<string, string>} */
const BROWSERIFIED = {
  ...Object.fromEntries(
    ['crypto', 'os', 'path', 'stream', 'timers', 'tty', 'vm', 'constants'].map((name) => [
      name,
      `${name}-browserify`,
    ]),
  ),
  ...Object.fromEntries(
    ['assert', 'buffer', 'events', 'process', 'punycode', 'string_decoder', 'url', 'util'].map((name) => [
      name,
      name,
    ]),
  ),
  querystring: 'querystring-es3',
  http: 'stream-http',
  https: 'https-browserify',
  zlib: 'browserify-zlib',
}

/**
 * A name that is not found may be a package or an alias that nobody has declared. Only what is surely a package
 * is told to be installed: a guess would bring in a stranger's.
 *
 * @param {string} name
 * @param {string} folder - Of the project.
 */
function missingName(name, folder) {
  const [, start = name, rest] = /^((?:@[^/]*\/)?[^/]+)(\/.*)?$/.exec(name) ?? []
  const { dependencies, devDependencies, peerDependencies } =
    /** @type {Record<string, Record<string, string> | undefined>} */ (
      readJson(join(folder, 'package.json')) ?? {}
    )
  if ({ ...peerDependencies, ...devDependencies, ...dependencies }[start])
    return `${start} is in package.json; install what is there with: npm install`
  if (
    /^(?:virtual[:-]|~(?:icons|pages|react-pages|build)|(?:uno|windi)\.css|generated-(?:pages|layouts)$)/.test(
      name,
    )
  )
    return `A plugin of Vite makes ${name}, and devkit runs none: write the module by hand.`
  const builtin = name.replace(/^node:/, '')
  if (isBuiltin(name)) {
    const stands = BROWSERIFIED[builtin]
    return stands
      ? `It is a module of Node. What stands for it in browsers: npm install ${stands}${stands === builtin ? '' : `, and [alias] ${builtin} = "${stands}" in devkit.toml`}`
      : 'It is a module of Node, and browsers have nothing like it: leave out what needs it.'
  }
  const [first = ''] = name.split('/')
  const own = ['src', '.']
    .map((at) => join(at, first.replace(/^@/, '')))
    .find((at) => existsSync(join(folder, at)))
  if (!rest && !own && /^[a-z0-9][\w.-]*$/.test(start)) return `Install it with: npm install ${start}`
  return (
    `${first} is neither in package.json nor an alias. A folder of the project is named in devkit.toml: ` +
    `[alias] "${first}" = "${own && first !== '@' ? own : 'src'}"; a package belongs into package.json.`
  )
}

/**
 * esbuild counts columns in bytes from 0.
 *
 * @param {string} lineText
 * @param {number} bytes
 */
function characterColumn(lineText, bytes) {
  return Buffer.from(lineText).subarray(0, bytes).toString().length + 1
}

/**
 * Return esbuild's message, or the one of a tool that a plugin wrapped in it.
 *
 * @param {EsbuildMessage} message
 * @param {string} folder
 * @param {Message['severity']} [severity]
 * @returns {Message}
 */
export function fromEsbuild(message, folder, severity = 'error') {
  const { location, text, notes = [], pluginName, detail } = message
  if (detail instanceof ToolFailure) return detail.found
  const remapped = notes.map((note) =>
    /^The path "(.*)" was remapped to "(.*)" using the alias/.exec(note.text),
  )
  const alias = remapped.find(Boolean)
  const noted = notes.map((note) => note.text).filter((note) => !/^You can mark the path/.test(note))
  const hint = alias
    ? `${alias[1]} stands for ${alias[2]} by an alias, and there is no such file: check [alias] in devkit.toml.`
    : hintFor(text, folder) || noted.join('\n')
  const stage = pluginName || 'esbuild'
  if (!location) return { text, hint, stage, severity }
  const file = location.file.replace(/^[\w-]{2,}:/, '').replace(/\?.*$/, '')
  return {
    text,
    hint,
    severity,
    stage,
    file: isAbsolute(file) ? file : join(folder, file),
    line: location.line,
    column: characterColumn(location.lineText, location.column),
  }
}

/**
 * Return the messages of whatever a build threw.
 *
 * @param {unknown} error
 * @param {string} folder
 * @returns {Message[]}
 */
export function explain(error, folder) {
  if (error instanceof ToolFailure) return [error.found]
  const { errors, message } = /** @type {{ errors?: EsbuildMessage[], message?: string }} */ (error ?? {})
  if (Array.isArray(errors) && errors.length) {
    const found = errors.map((item) => fromEsbuild(item, folder))
    // what is wrong with every file is one error: a configuration, the version of Vue
    const key = (/** @type {Message} */ item) => (item.hint === FROM_VUE_2 ? item.hint : JSON.stringify(item))
    return [...new Map(found.reverse().map((item) => [key(item), item])).values()].reverse()
  }
  return [{ text: message ?? String(error), stage: 'devkit', severity: 'error' }]
}

/**
 * Return what an esbuild plugin callback gives for failures.
 *
 * @param {...ToolFailure} failures
 * @returns {{ errors: PartialMessage[] }}
 */
export function pluginFailure(...failures) {
  return { errors: failures.map((failure) => ({ text: failure.message, detail: failure })) }
}

/**
 * Return the code of a thrown error such as ENOENT; '' without one.
 *
 * @param {unknown} error
 */
export function codeOf(error) {
  return String(/** @type {{ code?: unknown }} */ (error)?.code ?? '')
}

/**
 * Return the message of whatever was thrown.
 *
 * @param {unknown} error
 */
export function textOf(error) {
  return error instanceof Error
    ? error.message
    : String(/** @type {{ message?: unknown }} */ (error)?.message ?? error)
}
