// Which exports of a script are Vue's components or pinia's stores.

const COMPONENT =
  /\b(?:const|let|var)\s+([\w$]+)\s*(?::[^=;]+)?=\s*(?:\/\*\s*[#@]__PURE__\s*\*\/\s*)?defineComponent\b/g
const DEFAULT = /\bexport\s+default\s+defineComponent\b/
const NAMED = /\bexport\s+(?:const|let|var)\s+([\w$]+)/g
const LIST = /\bexport\s*\{([^}]*)\}(?!\s*from)/g
const STORE = /\bdefineStore\b/

/**
 * Return a script that tells the page of its components and stores.
 *
 * @param {string} source
 */
export function withComponents(source) {
  const names = componentsOf(source)
  const lines = []
  if (names.length) lines.push(`import.meta.hot?.__components(${JSON.stringify(names)});`)
  if (STORE.test(source) && !source.includes('import.meta.hot')) lines.push('import.meta.hot?.__stores();')
  return lines.length ? `${source}\n${lines.join(' ')}` : source
}

/**
 * Return the names under which a script exports components that are made with defineComponent().
 *
 * @param {string} source
 */
export function componentsOf(source) {
  if (!source.includes('defineComponent')) return []
  const made = new Set([...source.matchAll(COMPONENT)].map(([, name]) => name ?? ''))
  const found = new Set(DEFAULT.test(source) ? ['default'] : [])
  for (const [, name = ''] of source.matchAll(NAMED)) if (made.has(name)) found.add(name)
  for (const [, list = ''] of source.matchAll(LIST)) {
    for (const part of list.split(',')) {
      const [local = '', , exported = local] = part.trim().split(/\s+/)
      if (made.has(local)) found.add(exported)
    }
  }
  const [, whole = ''] = /\bexport\s+default\s+([\w$]+)\s*;?\s*$/m.exec(source) ?? []
  if (made.has(whole)) found.add('default')
  return [...found]
}
