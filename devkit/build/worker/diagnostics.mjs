// Messages of every tool in one shape: {text, file, line, column, frame, hint, stage, severity}; counts from 1.
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'

const AROUND = 2
const LONGEST_LINE = 200

export function codeFrame(source, line, column) {
  const lines = source.split(/\r?\n/)
  if (!(line >= 1 && line <= lines.length)) return ''
  const last = Math.min(lines.length, line + AROUND)
  const width = String(last).length
  const frame = []
  for (let number = Math.max(1, line - AROUND); number <= last; number += 1) {
    const text = lines[number - 1].slice(0, LONGEST_LINE)
    frame.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd())
    if (number === line && column > 0 && column <= LONGEST_LINE) {
      const pad = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
      frame.push(`  ${' '.repeat(width)} | ${pad}^`)
    }
  }
  return frame.join('\n')
}

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

function hintFor(text) {
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(text)
    if (match) return hint(match[1])
  }
  return ''
}

// esbuild counts columns in bytes from 0.
function characterColumn(lineText, bytes) {
  return (
    Buffer.from(lineText ?? '')
      .subarray(0, bytes)
      .toString().length + 1
  )
}

export async function fromEsbuild(message, folder, severity = 'error') {
  const { location, text, notes = [], pluginName } = message
  const detail = message.detail?.devkit
  if (detail) return complete({ severity, ...detail })
  const noted = notes.map((note) => note.text).filter((note) => !/^You can mark the path/.test(note))
  const hint = hintFor(text) || noted.join('\n')
  if (!location) return { text, hint, stage: pluginName || 'esbuild', severity }
  const file = location.file.replace(/^[\w-]{2,}:/, '').replace(/\?.*$/, '')
  return complete({
    text,
    hint,
    severity,
    stage: pluginName || 'esbuild',
    file: isAbsolute(file) ? file : join(folder, file),
    line: location.line,
    column: characterColumn(location.lineText, location.column),
  })
}

// Add the code frame from the file as it is on disk.
export async function complete(message) {
  if (message.frame || !message.file || !message.line) return message
  try {
    const source = await readFile(message.file, 'utf8')
    return { ...message, frame: codeFrame(source, message.line, message.column) }
  } catch {
    return message
  }
}

// Return the messages of whatever a build threw.
export async function explain(error, folder) {
  if (Array.isArray(error?.errors) && error.errors.length) {
    return Promise.all(error.errors.map((message) => fromEsbuild(message, folder)))
  }
  if (error?.devkit) return [await complete({ severity: 'error', ...error.devkit })]
  return [{ text: error?.message ?? String(error), stage: 'devkit', severity: 'error' }]
}

// Return what an esbuild plugin callback gives for a failure.
export function pluginFailure(...messages) {
  return { errors: messages.map((message) => ({ text: message.text, detail: { devkit: message } })) }
}
