// The live socket: frames from the dev server about its builds, and what the page tells it.

import { boot } from './boot'
import { keepSocket } from './kept-socket'
import { native } from './native'

/** The tags of the files that the page has now. */
export interface Running {
  js: string
  css: string
}

export interface Handlers {
  text: (message: any) => void
  file: (head: any, body: string) => void
}

const NEWLINE = 10

let sendText: ((text: string) => void) | null = null

const MOST_WAITING = 20

let waiting: string[] = []
let connected = false

/** Send an object to the server; what happens before there is a connection waits for it. */
export function send(message: object): void {
  const text = JSON.stringify(message)
  if (connected) sendText?.(text)
  else if (waiting.length < MOST_WAITING) waiting.push(text)
}

/** Keep a connection to the server for as long as the page lives; it sends what is newer than running. */
export function connect(running: Running, handlers: Handlers): void {
  sendText = keepSocket(native, {
    server: boot.live.server,
    url() {
      const url = new URL(boot.live.url, location.href)
      url.searchParams.set('token', boot.token)
      url.searchParams.set('js', running.js)
      url.searchParams.set('css', running.css)
      return url.href
    },
    state(now) {
      connected = now
      if (!now) return
      for (const text of waiting) sendText?.(text)
      waiting = []
    },
    message(data) {
      if (typeof data === 'string') return handlers.text(JSON.parse(data))
      const bytes = new Uint8Array(data)
      const end = bytes.indexOf(NEWLINE)
      const decoder = new TextDecoder()
      handlers.file(
        JSON.parse(decoder.decode(bytes.subarray(0, end))),
        decoder.decode(bytes.subarray(end + 1)),
      )
    },
  })
}
