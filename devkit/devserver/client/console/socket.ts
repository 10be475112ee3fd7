/** Sockets that come back; when the server is another one, its page is loaded, with the new tokens in it. */

const ALIVE = '/__devkit/alive'
const FIRST_DELAY = 300
const LAST_DELAY = 2000

export interface SocketHandlers {
  url(): string
  message(data: unknown): void
  state?(connected: boolean): void
}

/** Keep a socket open for as long as the page lives; server is the name of the server that made the page. */
export function keepSocket(server: string, handlers: SocketHandlers): void {
  let delay = FIRST_DELAY
  const open = (): void => {
    const url = new URL(handlers.url(), location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = new WebSocket(url)
    socket.addEventListener('open', () => {
      delay = FIRST_DELAY
      handlers.state?.(true)
    })
    socket.addEventListener('message', (event) => {
      if (typeof event.data === 'string') handlers.message(JSON.parse(event.data))
    })
    socket.addEventListener('close', () => {
      handlers.state?.(false)
      retry()
    })
  }
  const retry = (): void => {
    setTimeout(async () => {
      delay = Math.min(delay * 1.5, LAST_DELAY)
      const found = await fetch(ALIVE, { cache: 'no-store' })
        .then((answer) => (answer.ok ? answer.text() : null))
        .catch(() => null)
      if (found === null) retry()
      else if (found !== server) location.reload()
      else open()
    }, delay)
  }
  open()
}
