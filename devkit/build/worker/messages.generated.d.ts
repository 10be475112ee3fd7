// Generated from devkit/build/messages.py by `python -m devkit.build.generate`.

export type PartName = "js" | "css" | "js_map" | "css_map"

/**
 * Which styles px_to_viewport rewrites: {package: width it is written for}, and patterns of files.
 */
export interface PxRules {
  packages: Record<string, number>
  exclude: Array<string>
  include: Array<string>
}

/**
 * One build; paths are absolute, settings mean what they mean in devkit.toml.
 *
 * guessed: entry, "" when there is none, gives way to what the project's own configuration says.
 */
export interface WorkerOptions {
  project: string
  entry: string
  guessed: boolean
  mode: string
  target: string
  react: string
  format: string
  global_name: string
  px_to_viewport: number
  px_rules: PxRules
  less_math: string
  inline_limit: number
  sourcemap: boolean
  alias: Record<string, string>
  define: Record<string, string>
  css_modules: string
  env: Record<string, string>
}

/**
 * Read the project's configuration; the reply has nothing but an id.
 */
export interface OpenRequest {
  id: number
  op: "open"
  options: WorkerOptions
}

/**
 * Build from the files as they are now.
 */
export interface RebuildRequest {
  id: number
  op: "rebuild"
}

/**
 * An error or a warning of any tool; line and column count from 1, 0 is unknown.
 */
export interface Message {
  text: string
  stage: string
  severity: "error" | "warning"
  file?: string
  line?: number
  column?: number
  hint?: string
}

/**
 * What the checks of a release need: [file, bytes in the output] and [import, file that imports it].
 */
export interface ReleaseDetails {
  largest?: Array<[string, number]>
  external?: Array<[string, string]>
}

/**
 * Errors, or a build: parts are [name, bytes that follow]; same names those that have not changed.
 *
 * inputs is left out when it is what the last reply said. ms is the time of esbuild alone.
 */
export interface ReplyHead {
  largest?: Array<[string, number]>
  external?: Array<[string, string]>
  id: number
  parts: Array<[PartName, number]>
  same?: Array<PartName>
  inputs?: Array<string>
  warnings?: Array<Message>
  errors?: Array<Message>
  ms?: number
}
