// Measure esbuild's own rebuild() in one process. Arguments: toolchain, project, file to edit, its texts as JSON.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

const [toolchain = '', project = '', edited = '', texts = ''] = process.argv.slice(2)
const load = createRequire(join(toolchain, 'package.json'))
/** @type {typeof import('esbuild')} */
const esbuild = load('esbuild')
/** @type {import('esbuild').Plugin} */
const less = {
  name: 'less',
  setup(build) {
    build.onLoad({ filter: /\.less$/ }, async ({ path }) => {
      const { readFileSync } = await import('node:fs')
      const made = await load('less').render(readFileSync(path, 'utf8'), {
        filename: path,
        math: 'always',
      })
      return { contents: made.css, loader: 'css' }
    })
  },
}
const context = await esbuild.context({
  absWorkingDir: project,
  entryPoints: ['src/index.jsx'],
  outfile: join(project, '.raw/index.js'),
  bundle: true,
  write: false,
  logLevel: 'silent',
  sourcemap: 'linked',
  charset: 'utf8',
  target: ['es2017', 'ios12', 'chrome70'],
  supported: { destructuring: true },
  loader: { '.js': 'jsx' },
  nodePaths: [join(toolchain, 'node_modules')],
  define: { 'process.env.NODE_ENV': '"development"' },
  plugins: [less],
})
await context.rebuild()
const times = []
let bytes = 0
for (const text of JSON.parse(texts)) {
  writeFileSync(join(project, edited), text)
  const began = performance.now()
  const { outputFiles } = await context.rebuild()
  times.push(performance.now() - began)
  bytes = outputFiles.find((file) => file.path.endsWith('.js'))?.contents.length ?? 0
}
await context.dispose()
console.log(JSON.stringify({ times, bytes }))
