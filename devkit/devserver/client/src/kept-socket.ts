// A socket to the dev server that comes back, for the panel's page and for the console.
//
// Not a reconnecting library: those bring the delays, which are the smaller part. Before it connects again this
// one asks who answers, for a server that was started anew knows none of the page's tokens: then the page is
// loaded, with new ones in it. And a library takes timers and WebSocket from the page, where they may be the
// panel's, under a test's clock or taken away at a restart; here they are given.

const ALIVE = '/__devkit/alive'
const FIRST_DELAY_MS = 200
const LAST_DELAY_MS = 1500
const GROWTH = 1.6

/** What the socket needs of a page. */
export interface Page {
  WebSocket: typeof WebSocket
  setTimeout(run: () => void, ms: number): unknown
  fetch(url: string, init: RequestInit): Promise<Response>
}

export interface Subject {
  /** Name of the server that made the page. */
  server: string
  /** Address of the socket, asked for each time that it opens. */
  url(): string
  message(data: string | ArrayBuffer): void
  state?(connected: boolean): void
}

/** Keep a socket open for as long as the page lives; returns a function that sends, or drops without a connection. */
export function keepSocket(page: Page, subject: Subject): (text: string) => void {
  let socket: WebSocket | null = null
  let delay = FIRST_DELAY_MS
  const open = (): void => {
    const url = new URL(subject.url(), location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    // Handlers are properties: addEventListener is watched in a panel's page.
    socket = new page.WebSocket(url.href)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      delay = FIRST_DELAY_MS
      subject.state?.(true)
    }
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => subject.message(event.data)
    socket.onclose = () => {
      socket = null
      subject.state?.(false)
      retry()
    }
  }
  const retry = (): void => {
    page.setTimeout(async () => {
      delay = Math.min(delay * GROWTH, LAST_DELAY_MS)
      const found = await page
        .fetch(ALIVE, { cache: 'no-store' })
        .then((answer) => (answer.ok ? answer.text() : null))
        .catch(() => null)
      if (found === null) retry()
      else if (found !== subject.server) location.reload()
      else open()
    }, delay)
  }
  open()
  return (text) => {
    if (socket?.readyState === page.WebSocket.OPEN) socket.send(text)
  }
}
