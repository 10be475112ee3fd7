// The page's side of remote DevTools: chobitsu, which stands before this script, speaks the protocol; here its
// messages go to the dev server and back. A phone that sleeps comes back under the same name. The socket is the
// page's own class from before chobitsu, which watches those made with its own: it would tell of what it tells.

interface Agent {
  setOnMessage(listener: (text: string) => void): void
  sendRawMessage(text: string): void
}

interface Globals {
  chobitsu?: { default: Agent }
  eruda?: { init(): void }
  __DEVKIT_DEBUG__?: { url: string; session?: string; WebSocket: typeof WebSocket }
}

const NAME = 'devkit-debug-id'
const RETRY_MS = 500
const MOST_WAITING = 2000

const globals = window as unknown as Globals

const agent = globals.chobitsu?.default
const boot = globals.__DEVKIT_DEBUG__
const waiting: string[] = []
let socket: WebSocket | null = null
let fresh = '1'

/** The name, which stays in the tab's storage only between two documents: a copied tab has a copy of that. */
function pageName(): string {
  const made = Math.random().toString(36).slice(2) + Date.now().toString(36)
  try {
    const known = sessionStorage.getItem(NAME) || made
    sessionStorage.removeItem(NAME)
    window.addEventListener('pagehide', () => sessionStorage.setItem(NAME, known))
    window.addEventListener('pageshow', () => sessionStorage.removeItem(NAME))
    return known
  } catch {
    return made // storage is closed to this page
  }
}

function follow(id: string, heard: Agent, from: NonNullable<Globals['__DEVKIT_DEBUG__']>): void {
  const url = new URL(from.url, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const { width, height } = screen
  const { session = '' } = from
  const told = { id, fresh, session, title: document.title, url: location.href, width, height }
  for (const [key, value] of Object.entries(told)) url.searchParams.set(key, String(value).slice(0, 300))
  const made = new from.WebSocket(url.href)
  made.onopen = () => {
    socket = made
    fresh = '0'
    for (const text of waiting.splice(0)) made.send(text)
  }
  made.onmessage = (event: MessageEvent<string>) => heard.sendRawMessage(event.data)
  made.onclose = (event) => {
    socket = null
    if (event.code !== 1008) window.setTimeout(() => follow(id, heard, from), RETRY_MS)
  }
}

globals.eruda?.init()
if (agent && boot) {
  agent.setOnMessage((text) => {
    if (socket) socket.send(text)
    else if (waiting.length < MOST_WAITING) waiting.push(text)
  })
  follow(pageName(), agent, boot)
}
