// Random configurations of webpack: what they are read as, and what webpack makes of them.
// Arguments: a folder with configurations (N.config.cjs), the folder of webpack's node_modules. On stdin: requests.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { readConfiguration } from '../../../../devkit/build/worker/configuration.mjs'
import { effectOf } from '../../../../devkit/build/worker/rules.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { optionsOf, TOOLCHAIN } from './panel.mjs'

/** @typedef {{ path: string, query: string, issuer: string }} Request */

const [folder = '', packages = ''] = process.argv.slice(2)
const require = createRequire(join(packages, 'package.json'))
/** @type {Request[]} */
const requests = JSON.parse(readFileSync(0, 'utf8'))
const tools = new Tools(folder, TOOLCHAIN)

/** @param {Record<string, string>} aliases */
const placed = (aliases) =>
  Object.fromEntries(
    Object.entries(aliases).map(([name, value]) => [
      name.replace(/\/$/, ''),
      isAbsolute(value) ? value.replace(/\/$/, '') : resolve(folder, value),
    ]),
  )

/** @param {string} file */
function read(file) {
  const options = optionsOf(folder, { configurations: { webpack: file } })
  const { settings, rules } = readConfiguration(tools, {}, options, () => [])
  const effects = requests.map((request) => {
    const { uses, type } = effectOf(rules, request)
    return { uses: uses.map(({ name, options: given }) => [name, given ?? null]), type }
  })
  return { aliases: placed(settings.alias), defines: settings.define, effects }
}

/** @param {string} name */
const part = (name) => require(`webpack/lib/rules/${name}`)

/** As webpack's NormalModuleFactory does. @param {object[]} rules */
function ruleSet(rules) {
  const Matcher = part('BasicMatcherRulePlugin')
  const Effect = part('BasicEffectRulePlugin')
  const Compiler = part('RuleSetCompiler')
  const compiler = new Compiler([
    new Matcher('test', 'resource'),
    new Matcher('dependency'),
    new Matcher('include', 'resource'),
    new Matcher('exclude', 'resource', true),
    new Matcher('resource'),
    new Matcher('resourceQuery'),
    new Matcher('issuer'),
    new Effect('type'),
    new (part('UseEffectRulePlugin'))(),
  ])
  return compiler.compile([{ rules }])
}

/** @param {string} file */
function own(file) {
  const given = require(file)
  const config = typeof given === 'function' ? given({}, { mode: 'development' }) : given
  const set = ruleSet(config.module?.rules ?? [])
  const effects = requests.map(({ path: resource, query: resourceQuery, issuer }) => {
    const found = set.exec({ resource, realResource: resource, resourceQuery, issuer, dependency: 'esm' })
    const uses = found
      .filter((/** @type {any} */ one) => one.type === 'use')
      .map((/** @type {any} */ { value }) => [value.loader, value.options ?? null])
    return { uses, type: found.filter((/** @type {any} */ one) => one.type === 'type').at(-1)?.value ?? '' }
  })
  const definitions = (config.plugins ?? []).flatMap((/** @type {any} */ { definitions: one }) =>
    Object.entries(one),
  )
  return { aliases: placed(config.resolve?.alias ?? {}), defines: Object.fromEntries(definitions), effects }
}

const files = readdirSync(folder).filter((name) => name.endsWith('.config.cjs'))
const all = files.map((name) => [name, read(join(folder, name)), own(join(folder, name))])
process.stdout.write(JSON.stringify(all))
