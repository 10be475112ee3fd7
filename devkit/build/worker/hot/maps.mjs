// Source maps of a script that several tools have had a hand in.

/** @import { Tools } from '../tools.mjs' */

/** @typedef {{ version: 3, sources: string[], sourcesContent?: (string | null)[], mappings: string, names: string[] }} SourceMap */

const INLINE = /\n?\/\/# sourceMappingURL=data:application\/json[^,\n]*;base64,([\w+/=]+)\s*$/

/** @param {object} map */
export function inlineMap(map) {
  const text = Buffer.from(JSON.stringify(map)).toString('base64')
  return `//# sourceMappingURL=data:application/json;base64,${text}`
}

/**
 * Return a script without the map at its end, and that map.
 *
 * @param {string} code
 * @returns {{ text: string, map: SourceMap | null }}
 */
export function withoutMap(code) {
  const found = INLINE.exec(code)
  if (!found) return { text: code, map: null }
  const map = JSON.parse(Buffer.from(found[1] ?? '', 'base64').toString())
  return { text: code.slice(0, found.index), map }
}

/**
 * Return the map of the last step with the places of the first; null steps change nothing.
 *
 * @param {Tools} tools
 * @param {(SourceMap | null)[]} steps - In order, each from the outcome of the one before.
 * @returns {SourceMap}
 */
export function joinedMaps(tools, steps) {
  const [first, ...others] = steps.filter((one) => one !== null)
  if (!first) throw new Error('There is no map.')
  if (!others.length) return first
  const { decode, encode } = tools.load('@jridgewell/sourcemap-codec')
  let inner = decode(first.mappings)
  for (const { mappings } of others) {
    const origins = inner
    inner = decode(mappings).map((line) =>
      line.flatMap((segment) => {
        if (segment.length === 1) return []
        const from = place(origins[segment[2]] ?? [], segment[3])
        return from ? [/** @type {Mapped} */ ([segment[0], ...from])] : []
      }),
    )
  }
  return { ...first, names: [], mappings: encode(inner) }
}

/** @typedef {[number, number, number, number]} Mapped */

/**
 * @param {import('@jridgewell/sourcemap-codec').SourceMapSegment[]} line
 * @param {number} column
 */
function place(line, column) {
  let [low, high] = [0, line.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((line[middle]?.[0] ?? 0) <= column) low = middle
    else high = middle - 1
  }
  const found = line[low]
  return found && found.length > 1 && found[0] <= column ? [found[1], found[2], found[3]] : null
}
