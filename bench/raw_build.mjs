// A whole-process esbuild build, as a project's own build script would do it. Arguments: toolchain, project.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [toolchain = '', project = ''] = process.argv.slice(2)
/** @type {typeof import('esbuild')} */
const esbuild = createRequire(join(toolchain, 'package.json'))('esbuild')
await esbuild.build({
  absWorkingDir: project,
  entryPoints: ['src/index.jsx'],
  outfile: '.raw/index.js',
  bundle: true,
  minify: true,
  charset: 'utf8',
  target: ['es2017', 'ios12', 'chrome70'],
  supported: { destructuring: true },
  loader: { '.js': 'jsx' },
  nodePaths: [join(toolchain, 'node_modules')],
  define: { 'process.env.NODE_ENV': '"production"' },
})
