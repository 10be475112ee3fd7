// Turn what V8 counted into a report about the sources. stdin: {bundle, map, project, items, lcov, toolchain}.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const job = JSON.parse(Buffer.concat(chunks).toString('utf8'))
const require = createRequire(`${job.toolchain}/package.json`)
const v8ToIstanbul = require('v8-to-istanbul')
const libCoverage = require('istanbul-lib-coverage')
const libReport = require('istanbul-lib-report')
const reports = require('istanbul-reports')

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
  const data = total.fileCoverageFor(file).toJSON()
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
