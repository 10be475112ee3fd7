// Find and load the npm packages that builds use: the project's own version wins over the toolchain's.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// Oldest version of a project's package whose interface is used here; an older one is passed over.
const OLDEST = {
  esbuild: [0, 21],
  less: [3, 0],
  sass: [1, 45],
  postcss: [8, 0],
  autoprefixer: [10, 0],
  '@vue/compiler-sfc': [3, 3],
  vue: [3, 2],
}

export class Tools {
  constructor(project, toolchain) {
    this.project = project
    this.fromProject = createRequire(join(project, 'package.json'))
    this.fromToolchain = createRequire(join(toolchain, 'package.json'))
    this.loaded = new Map()
  }

  // Return the module, loaded once.
  load(name) {
    if (!this.loaded.has(name)) {
      const require = this.versionInProject(name) ? this.fromProject : this.fromToolchain
      this.loaded.set(name, require(name))
    }
    return this.loaded.get(name)
  }

  // Return [major, minor] of the project's package when it is new enough, else null.
  versionInProject(name) {
    const version = packageVersion(this.fromProject, name)
    const oldest = OLDEST[name] ?? [0, 0]
    const enough = version && (version[0] - oldest[0] || version[1] - oldest[1]) >= 0
    return enough ? version : null
  }

  // Return the version of the project's package, however old.
  anyVersionInProject(name) {
    return packageVersion(this.fromProject, name)
  }

  async importFromProject(file) {
    const module = await import(pathToFileURL(file).href)
    return module.default ?? module
  }
}

function packageVersion(require, name) {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
      return version.split('.').map(Number)
    } catch {}
  }
  return null
}

// Return the folder of an installed package as seen from a folder, or null.
export function packageFolder(name, from) {
  const require = createRequire(join(from, 'package.json'))
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(folder, name, 'package.json'))
      return join(folder, name)
    } catch {}
  }
  return null
}

export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
