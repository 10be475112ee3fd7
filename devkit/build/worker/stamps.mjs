// Whether files are still as they were.
import { statSync } from 'node:fs'

/**
 * Return a text that changes when any of the files does.
 *
 * @param {Iterable<string>} files
 */
export function stampOf(files) {
  const stamps = []
  for (const file of files) {
    const state = statSync(file, { throwIfNoEntry: false })
    stamps.push(state ? `${state.mtimeMs}:${state.size}:${state.ino}` : 'gone')
  }
  return stamps.join(' ')
}
