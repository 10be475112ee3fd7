// `paths` of tsconfig.json: where a name may be.

/** {pattern: absolute paths}, each with at most one *. @typedef {[pattern: string, targets: string[]][]} Paths */

/**
 * Return where a name may be by the paths, the longest pattern first.
 *
 * @param {string} name
 * @param {Paths} paths
 * @returns {string[]}
 */
export function pathTargets(name, paths) {
  const matching = paths.flatMap(([pattern, targets]) => {
    const [head = '', tail] = pattern.split('*')
    if (tail === undefined) return name === pattern ? [{ length: 1 / 0, found: targets }] : []
    if (!name.startsWith(head) || !name.endsWith(tail)) return []
    const middle = name.slice(head.length, name.length - tail.length)
    return [{ length: head.length, found: targets.map((target) => target.replace('*', middle)) }]
  })
  return matching.sort((one, other) => other.length - one.length).flatMap(({ found }) => found)
}

/**
 * Return the paths in the shape of aliases ("@/*" is "@"), for what does not take patterns.
 *
 * @param {Paths} paths
 * @returns {Record<string, string>}
 */
export function pathAliases(paths) {
  return Object.fromEntries(
    paths.flatMap(([pattern, [target = '']]) =>
      pattern.endsWith('/*') && target.endsWith('/*') ? [[pattern.slice(0, -2), target.slice(0, -2)]] : [],
    ),
  )
}
