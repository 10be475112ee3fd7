// What developing.js carries on a page that is not ours: the layer with the build's errors and, with live reload,
// the live socket. A new style sheet is swapped; a new script loads the page again.

import { boot, type Finding, type Problem } from './boot'
import { showProblem } from './overlay'

interface Status {
  type: string
  js: string
  css: string
  error: Problem | null
}

interface Guest {
  __devkitLive?: WebSocket
}

const STYLE = 'https://developing.style/developing.css'
const RETRY_MS = 500
const page = window as unknown as Guest

let style = boot.live.css

/** Not a kept socket: that asks the page's own server who it is; here the tags of each hello tell enough. */
function follow(): void {
  const socket = new WebSocket(boot.live.url)
  page.__devkitLive = socket
  socket.onmessage = (event: MessageEvent<string>) => take(JSON.parse(event.data))
  socket.onclose = () => setTimeout(follow, RETRY_MS)
}

function take(message: Status): void {
  const changed = !message.error && message.js !== boot.live.js
  if (message.type === 'reload' || changed) {
    location.reload()
    return
  }
  showProblem(message.error)
  if (message.css && message.css !== style) {
    style = message.css
    swapStyle()
  }
}

/** Load the style sheet again beside the old one, which goes when the new one is there. */
function swapStyle(): void {
  for (const old of document.querySelectorAll<HTMLLinkElement>('link[rel~="stylesheet"]')) {
    if (old.href.split('?')[0] !== STYLE) continue
    const fresh = old.cloneNode() as HTMLLinkElement
    fresh.href = `${STYLE}?v=${Date.now()}`
    fresh.onload = fresh.onerror = () => old.remove()
    old.after(fresh)
  }
}

function line(finding: Finding): string {
  const place = [finding.file, finding.line].filter(Boolean).join(':')
  return `${place && `${place}: `}${finding.message}`
}

const problem = boot.live.error
if (problem) {
  console.error(`[devkit] ${[problem.title, ...problem.findings.map(line)].join('\n')}`)
  showProblem(problem)
}
if (boot.live.url && !page.__devkitLive) follow()
