// Messages of every tool in one shape; counts from 1. Python adds the lines around the place.
import { isAbsolute, join } from 'node:path'

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

/** @type {[RegExp, (found: string) => string][]} */
const HINTS = [
  [/^Could not resolve "((?:@[^/"]+\/)?[^./"@][^/"]*)/, (name) => `Install it with: npm install ${name}`],
  [/^Could not resolve "(\.[^"]*)"/, () => 'Check the spelling of the path, and upper and lower case.'],
  [/^Could not resolve "(\/[^"]*)"/, () => 'A path from / has no file in a release; use a relative path.'],
  [/to the configured target environment/, () => 'Raise `target` in devkit.toml.'],
  [
    /^No loader is configured for "([^"]*)"/,
    (suffix) => `Files of type ${suffix} can be imported with ?raw or ?url.`,
  ],
]

/** @param {string} text */
function hintFor(text) {
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(text)
    if (match) return hint(match[1] ?? '')
  }
  return ''
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
  const noted = notes.map((note) => note.text).filter((note) => !/^You can mark the path/.test(note))
  const hint = hintFor(text) || noted.join('\n')
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
    return errors.map((item) => fromEsbuild(item, folder))
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
