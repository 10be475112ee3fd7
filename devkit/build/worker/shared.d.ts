/** What the parts of the worker hand to each other. */

import type { Message, WorkerOptions } from './messages.generated'
import type { Tools } from './tools.mjs'

/** package.json, as far as builds read it; any of it may be missing or odd. */
export interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  alias?: Record<string, string | { global?: string }>
  postcss?: PostcssConfig
  babel?: unknown
}

/** One open project, for its plugins. */
export interface Shared {
  tools: Tools
  /** Folder of the toolchain's packages. */
  toolchain: string
  options: WorkerOptions
  manifest: Manifest
  /** {name: absolute path or package}, the more special first. */
  aliases: Map<string, string>
  /** Those of tsconfig.json, read when they are first asked for. */
  paths: () => import('./paths.mjs').Paths
  release: boolean
  /** What the configurations of other tools ask for. */
  found: import('./reading.mjs').Findings
  styleUse: import('./style_use.mjs').StyleUse
  /** Styles of modules that tree shaking leaves out. */
  dropped: Set<string>
  /** Of this rebuild; plugins add theirs. */
  warnings: Message[]
  /** {name: what a virtual module is made from}: contexts and globs of the scripts. */
  virtual: Map<string, import('./context.mjs').ContextSpec | import('./context.mjs').GlobSpec>
  /** {file or import of one: failure}: over the limit, should they be in the output. */
  large: Map<string, import('./diagnostics.mjs').ToolFailure>
  /** Tells whether a script of the project holds a text that is this name. */
  named: (name: string) => boolean
  /** Scripts of the project to ask about, null for all; and those that are plain, {path: stamp}. */
  parsed: Set<string> | null
  plain: Map<string, string>
  /** Scripts of packages that hold a construct of ours. */
  packageScripts: Set<string>
  /** {module: files that it was made from}: a change of one of them calls for a build. */
  dependencies: Map<string, string[]>
}

export type SourceMap = NonNullable<import('@vue/compiler-sfc').SFCStyleCompileOptions['inMap']>

/** A style on its way to CSS. */
export interface Made {
  code: string
  map: SourceMap | null
}

/** A compiler of one style language; files gains every file that it reads. */
export interface StyleJob {
  source: string
  path: string
  lang: string
  files: Set<string>
  shared: Shared
}

export interface PostcssJob extends Made {
  path: string
  files: Set<string>
  config: PostcssSource | null
  shared: Shared
}

/** Where a project's PostCSS configuration is. */
export type PostcssSource = { file: string } | { value: PostcssConfig }

/** A PostCSS configuration as projects write it: plugins as a list, or as {name: options}. */
export interface PostcssConfig {
  plugins?: PluginEntry[] | Record<string, unknown>
  parser?: unknown
  syntax?: unknown
}

export type PluginEntry =
  | string
  | [name: string, options?: unknown]
  | import('postcss').AcceptedPlugin
  | false
  | null
