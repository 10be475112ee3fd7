// The service worker of the agentless mode (sw=true): it answers the two development URLs from the dev
// server, as the platform's own worker does.

interface FetchEvent extends Event {
  request: Request
  respondWith(answer: Promise<Response>): void
}

interface Worker {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: Event & { waitUntil(done: Promise<void>): void }) => void,
  ): void
}

const worker = globalThis as unknown as Worker
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/
const MAPPED: Record<string, string> = {
  'https://developing.script/developing.js': '/index.js',
  'https://developing.style/developing.css': '/index.css',
}

const server = new URL(location.href).searchParams.get('server') ?? ''

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  const path = MAPPED[url.origin + url.pathname]
  if (path && LOOPBACK.test(server)) event.respondWith(forward(server + path))
})

async function forward(url: string): Promise<Response> {
  try {
    const answer = await fetch(url, { mode: 'cors', credentials: 'omit', cache: 'no-cache' })
    const kind = answer.headers.get('content-type') ?? ''
    return new Response(await answer.blob(), { status: answer.status, headers: { 'content-type': kind } })
  } catch {
    return Response.error()
  }
}

export {}
