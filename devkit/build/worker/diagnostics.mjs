// Messages of every tool in one shape, with the lines around the place; counts from 1.
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'

/** @import { Message as EsbuildMessage, PartialMessage } from 'esbuild' */
/** @import { Message } from './messages.generated' */

const AROUND = 2
const LONGEST_LINE = 200

/** A tool's failure, with the place in the project's own file. */
export class ToolFailure extends Error {
  /** @param {Omit<Message, 'severity'>} message */
  constructor(message) {
    super(message.text)
    /** @type {Message} */
    this.found = { ...message, severity: 'error' }
  }
}

/**
 * Return the lines around a place with a marker under it; '' when there is no such line.
 *
 * Python's code_frame in devkit/build/result.py draws the same picture.
 *
 * @param {string} source
 * @param {number} line
 * @param {number} [column]
 */
export function codeFrame(source, line, column = 0) {
  const lines = source.split(/\r?\n/)
  if (!(line >= 1 && line <= lines.length)) return ''
  const first = Math.max(1, line - AROUND)
  const last = Math.min(lines.length, line + AROUND)
  const width = String(last).length
  /** @type {string[]} */
  const frame = []
  lines.slice(first - 1, last).forEach((whole, index) => {
    const number = first + index
    const text = whole.slice(0, LONGEST_LINE)
    frame.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd())
    if (number === line && column > 0 && column <= LONGEST_LINE) {
      const pad = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
      frame.push(`  ${' '.repeat(width)} | ${pad}^`)
    }
  })
  return frame.join('\n')
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
 * @returns {Promise<Message>}
 */
export async function fromEsbuild(message, folder, severity = 'error') {
  const { location, text, notes = [], pluginName, detail } = message
  if (detail instanceof ToolFailure) return complete(detail.found)
  const noted = notes.map((note) => note.text).filter((note) => !/^You can mark the path/.test(note))
  const hint = hintFor(text) || noted.join('\n')
  const stage = pluginName || 'esbuild'
  if (!location) return { text, hint, stage, severity }
  const file = location.file.replace(/^[\w-]{2,}:/, '').replace(/\?.*$/, '')
  return complete({
    text,
    hint,
    severity,
    stage,
    file: isAbsolute(file) ? file : join(folder, file),
    line: location.line,
    column: characterColumn(location.lineText, location.column),
  })
}

/**
 * Add the code frame from the file as it is on disk.
 *
 * @param {Message} message
 * @returns {Promise<Message>}
 */
export async function complete(message) {
  if (message.frame || !message.file || !message.line) return message
  try {
    const source = await readFile(message.file, 'utf8')
    return { ...message, frame: codeFrame(source, message.line, message.column) }
  } catch {
    return message
  }
}

/**
 * Return the messages of whatever a build threw.
 *
 * @param {unknown} error
 * @param {string} folder
 * @returns {Promise<Message[]>}
 */
export async function explain(error, folder) {
  if (error instanceof ToolFailure) return [await complete(error.found)]
  const { errors, message } = /** @type {{ errors?: EsbuildMessage[], message?: string }} */ (error ?? {})
  if (Array.isArray(errors) && errors.length) {
    return Promise.all(errors.map((item) => fromEsbuild(item, folder)))
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
