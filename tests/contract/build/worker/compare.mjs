// Build src/index.js of a folder with webpack and with the worker, run both, and print what each put into `seen`.
// Arguments: the folder, webpack's folder, the toolchain's.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { optionsOf } from './panel.mjs'

const [folder = '', packages = '', toolchain = ''] = process.argv.slice(2)
const EXTENSIONS = ['.tsx', '.ts', '.jsx', '.js', '.mjs', '.cjs', '.vue', '.json', '.css', '.less', '.scss']

/** @param {string} code */
async function seenIn(code) {
  const seen = {}
  const page = { seen, console, setTimeout }
  runInNewContext(code, Object.assign(page, { window: page, self: page }))
  await new Promise((resolve) => setTimeout(resolve, 20))
  return seen
}

async function byWebpack() {
  const webpack = createRequire(join(packages, 'package.json'))('webpack')
  const compiler = webpack({
    mode: 'none',
    context: folder,
    entry: './src/index.js',
    target: ['web', 'es2017'],
    output: { path: join(folder, 'out'), filename: 'index.js', publicPath: '' },
    optimization: { moduleIds: 'named' },
    resolve: { extensions: EXTENSIONS },
    // one file, as a panel is
    plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
  })
  const stats = await new Promise((resolve, reject) => {
    compiler.run((/** @type {Error | null} */ error, /** @type {unknown} */ done) =>
      error ? reject(error) : resolve(done),
    )
  })
  const { errors = [] } = stats.toJson({ all: false, errors: true })
  if (errors.length) throw new Error(errors[0].message)
  return seenIn(compiler.inputFileSystem.readFileSync(join(folder, 'out/index.js'), 'utf8'))
}

async function byWorker() {
  const project = new Project(folder, toolchain)
  await project.open(optionsOf(folder))
  try {
    const { parts } = await project.rebuild()
    return await seenIn(Buffer.from(parts?.get('js') ?? '').toString())
  } finally {
    await project.close()
  }
}

const [webpack, worker] = [await byWebpack(), await byWorker()]
process.stdout.write(JSON.stringify({ webpack, worker }))
