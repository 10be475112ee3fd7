// The live socket: frames from the dev server, and a page load when the server is another one.

import { boot } from './boot'
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

const ALIVE = '/__devkit/alive'
const FIRST_DELAY = 200
const LAST_DELAY = 1500
const NEWLINE = 10

let socket: WebSocket | null = null
let delay = FIRST_DELAY

/** Send an object to the server; dropped while there is no connection. */
export function send(message: object): void {
  if (socket?.readyState === native.WebSocket.OPEN) socket.send(JSON.stringify(message))
}

/** Keep a connection to the server for as long as the page lives; it sends what is newer than running. */
export function connect(running: Running, handlers: Handlers): void {
  const url = new URL(boot.live.url, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  url.searchParams.set('token', boot.token)
  url.searchParams.set('js', running.js)
  url.searchParams.set('css', running.css)
  socket = new native.WebSocket(url.href)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => {
    delay = FIRST_DELAY
  }
  socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    if (typeof event.data === 'string') return handlers.text(JSON.parse(event.data))
    const bytes = new Uint8Array(event.data)
    const end = bytes.indexOf(NEWLINE)
    const decoder = new TextDecoder()
    handlers.file(JSON.parse(decoder.decode(bytes.subarray(0, end))), decoder.decode(bytes.subarray(end + 1)))
  }
  socket.onclose = () => {
    socket = null
    retry(running, handlers)
  }
}

function retry(running: Running, handlers: Handlers): void {
  native.setTimeout(async () => {
    delay = Math.min(delay * 1.6, LAST_DELAY)
    const server = await native
      .fetch(ALIVE, { cache: 'no-store' })
      .then((answer) => (answer.ok ? answer.text() : null))
      .catch(() => null)
    if (server === null) retry(running, handlers)
    else if (server !== boot.live.server) location.reload()
    else connect(running, handlers)
  }, delay)
}
