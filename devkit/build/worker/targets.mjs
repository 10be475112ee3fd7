// What a build target (in esbuild's words: es2017,ios12,chrome70) asks of the styles.

/** What esbuild does not prefix; only when it occurs is autoprefixer loaded. */
const BEYOND_ESBUILD =
  /::placeholder|:placeholder-shown|:fullscreen|::backdrop|image-set\(|cross-fade\(|:(?:any-link|read-only|read-write)|\b(?:fit|min|max)-content\b|writing-mode/
const OLD_NEEDS =
  /flex|transform|animation|transition|gradient\(|@keyframes|box-(?:sizing|shadow)|border-radius|columns?|calc\(|filter|order|align-|justify-|perspective/

/** {engine: oldest version that needs no more than esbuild}. @type {Record<string, number>} */
const MODERN = { ios: 12, safari: 12, chrome: 70, firefox: 68, edge: 79, opera: 57 }
/** @type {Record<string, number>} */
const OLD = { ios: 9, safari: 9, chrome: 36, firefox: 28, edge: 12, opera: 24, ie: 99 }

/** {esbuild's name: browserslist's}. @type {Record<string, string>} */
const BROWSERS = {
  ios: 'ios_saf',
  safari: 'safari',
  chrome: 'chrome',
  firefox: 'firefox',
  edge: 'edge',
  opera: 'opera',
  ie: 'ie',
}

/**
 * Return the engines of a target with their versions as written.
 *
 * @param {string} target
 * @returns {{ engine: string, version: string }[]}
 */
export function enginesOf(target) {
  return target.split(',').flatMap((name) => {
    const [, engine, version] = /^\s*([a-z]+)([\d.]+)/i.exec(name) ?? []
    return engine && version ? [{ engine, version }] : []
  })
}

/**
 * @param {string} target
 * @param {Record<string, number>} limits
 */
function isBelow(target, limits) {
  return enginesOf(target).some(({ engine, version }) => Number.parseFloat(version) < (limits[engine] ?? 0))
}

/**
 * Tell whether plain CSS may need more than esbuild.
 *
 * @param {string} target
 */
export function isOld(target) {
  return isBelow(target, MODERN)
}

/**
 * Tell whether autoprefixer has something to do.
 *
 * @param {string} css
 * @param {string} target
 */
export function needsPrefixer(css, target) {
  return (isOld(target) && BEYOND_ESBUILD.test(css)) || (isBelow(target, OLD) && OLD_NEEDS.test(css))
}

/**
 * Return a target in browserslist's words.
 *
 * @param {string} target
 */
export function browserslist(target) {
  return enginesOf(target).flatMap(({ engine, version }) => {
    const name = BROWSERS[engine]
    return name ? [`${name} >= ${version}`] : []
  })
}
