// Turn what V8 counted into a report about the sources. stdin: a Job as JSON.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'

/**
 * items holds what each page counted, as Profiler.takePreciseCoverage gives it.
 *
 * @typedef {{
 *   bundle: string,
 *   map: string,
 *   project: string,
 *   items: import('node:inspector').Profiler.FunctionCoverage[][],
 *   lcov: string,
 *   toolchain: string,
 * }} Job
 */

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
/** @type {Job} */
const job = JSON.parse(Buffer.concat(chunks).toString('utf8'))
const load = createRequire(`${job.toolchain}/package.json`)
/** @type {typeof import('v8-to-istanbul')} */
const v8ToIstanbul = load('v8-to-istanbul')
/** @type {typeof import('istanbul-lib-coverage')} */
const libCoverage = load('istanbul-lib-coverage')
/** @type {typeof import('istanbul-lib-report')} */
const libReport = load('istanbul-lib-report')
/** @type {typeof import('istanbul-reports')} */
const reports = load('istanbul-reports')

const sourcemap = JSON.parse(job.map)
const total = libCoverage.createCoverageMap({})
for (const functions of job.items) {
  const converter = v8ToIstanbul(`${job.project}/dist/index.js`, 0, {
    source: job.bundle,
    sourceMap: { sourcemap },
  })
  await converter.load()
  converter.applyCoverage(functions)
  total.merge(converter.toIstanbul())
}

const own = libCoverage.createCoverageMap({})
for (const file of total.files()) {
  const path = resolve(job.project, file)
  const inner = relative(job.project, path)
  if (
    inner.startsWith('..') ||
    inner.includes(':') ||
    inner.includes('node_modules') ||
    inner === 'dist/index.js'
  )
    continue
  const data = /** @type {import('istanbul-lib-coverage').FileCoverageData} */ (
    total.fileCoverageFor(file).toJSON()
  )
  own.addFileCoverage({ ...data, path: inner.split('\\').join('/') })
}
const context = libReport.createContext({ dir: dirname(job.lcov), coverageMap: own })
mkdirSync(dirname(job.lcov), { recursive: true })
reports.create('lcovonly', { file: job.lcov.split(/[\\/]/).pop(), projectRoot: '' }).execute(context)
const rows = own.files().map((file) => {
  const { lines, functions, branches } = own.fileCoverageFor(file).toSummary().toJSON()
  return {
    file,
    lines,
    functions,
    branches,
    missed: own.fileCoverageFor(file).getUncoveredLines().map(Number),
  }
})
const { lines, functions, branches } = own.getCoverageSummary().toJSON()
writeFileSync(1, JSON.stringify({ rows, total: { lines, functions, branches } }))
