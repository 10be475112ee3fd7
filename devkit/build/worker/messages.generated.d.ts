// Generated from devkit/build/messages.py by `python -m devkit.build.generate`.

export type PartName = "js" | "css" | "js_map" | "css_map" | "hot"

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
 * configurations: {tool: its file} that are read for what `given`, the names of settings, leaves open; with
 * run the tools' own loaders run them, too. said: warnings of what was read before, for each build.
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
  hot: boolean
  alias: Record<string, string>
  define: Record<string, string>
  css_modules: string
  less_vars: Record<string, string>
  style_prelude: Record<string, string>
  configurations: Record<string, string>
  given: Array<string>
  run: boolean
  trusted: boolean
  env: Record<string, string>
  said: Array<Message>
}

/**
 * One thing that a project's configuration asks for; why is the way out when it is not taken over.
 */
export interface FoundRow {
  tool: string
  file: string
  line: number
  what: string
  value: string
  taken: boolean
  why: string
}

/**
 * What is taken over, as devkit.toml would have it.
 */
export interface FoundSettings {
  alias: Record<string, string>
  define: Record<string, string>
  style_prelude: Record<string, string>
  less_vars: Record<string, string>
  entry?: string
  css_modules?: string
  px_to_viewport?: FoundPx
}

/**
 * px_to_viewport as a table.
 */
export interface FoundPx {
  width: number
  packages: Record<string, number>
  exclude: Array<string>
  include: Array<string>
}

/**
 * Read the project's configuration; the reply has what was found in it.
 */
export interface OpenRequest {
  id: number
  op: "open"
  options: WorkerOptions
}

/**
 * Build from the files as they are now.
 *
 * changed: files that open pages wait for; nothing else has changed since the last reply. Where that is
 * enough, the reply is partial: the modules that pages run anew, before the bundle.
 */
export interface RebuildRequest {
  id: number
  op: "rebuild"
  changed?: Array<string>
}

/**
 * Look at the last build for what the target lacks; the reply has warnings, or was stopped.
 */
export interface LookRequest {
  id: number
  op: "look"
}

/**
 * Stop a look; there is no reply.
 */
export interface StopRequest {
  id: number
  op: "stop"
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
 * What the checks of a release need: [file, bytes in the output] and [import, its file].
 *
 * imports: of packages by the project's own code, [name, its files, bytes that it brings, bytes that go with
 * it].
 */
export interface ReleaseDetails {
  modules?: Array<[string, number]>
  external?: Array<[string, string]>
  imports?: Array<[string, Array<string>, number, number]>
}

/**
 * What reading the configurations gave; summary is one line.
 */
export interface FoundReply {
  rows: Array<FoundRow>
  settings: FoundSettings
  summary: string
}

/**
 * Errors, or a build: parts are [name, bytes that follow]; same names those that have not changed.
 *
 * inputs is left out when it is what the last reply said. why tells why open pages start the panel again,
 * where there is no part "hot" with the modules that they run anew. ms is the time of esbuild alone.
 */
export interface ReplyHead {
  modules?: Array<[string, number]>
  external?: Array<[string, string]>
  imports?: Array<[string, Array<string>, number, number]>
  id: number
  parts: Array<[PartName, number]>
  same?: Array<PartName>
  inputs?: Array<string>
  warnings?: Array<Message>
  errors?: Array<Message>
  ms?: number
  found?: FoundReply
  why?: string
  stopped?: boolean
  partial?: boolean
}
