// What the host page tells the live client.

export interface Finding {
  message: string
  file: string
  line: number
  column: number
  frame: string
  hint: string
  stage: string
}

export interface Problem {
  title: string
  findings: Finding[]
}

export interface LiveBoot {
  url: string
  server: string
  js: string
  css: string
  error: Problem | null
}

interface Boot {
  token: string
  lang: string
  /** Origin of the console, "" where it has none of its own. */
  console: string
  live: LiveBoot
  /** Origin of the dev server on loopback, for the worker of sw=true. */
  agentless: string
  session?: string
  /** Of the browser, for a frame of the gallery. */
  locale?: string
}

declare global {
  interface Window {
    __DEVKIT__: Boot
  }
}

export const boot: Boot = window.__DEVKIT__

/** Return the text of the page's language. */
export function text(en: string, zh: string): string {
  return boot.lang === 'zh' ? zh : en
}
