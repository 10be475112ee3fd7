// Makes the console's effects wait until it has taken the first message of each of its two sockets, as in a
// browser that draws late. Preact runs effects from a frame, or from a timer where frames do not come.

function holdEffects() {
  const setTimer = window.setTimeout.bind(window)
  const onFrame = window.requestAnimationFrame.bind(window)
  const awaited = new Set(['/__devkit/api/live', '/__devkit/live'])
  const held = []
  window.firstMessages = []
  const later = (start) => {
    held.push(start)
    return 0 // no handle of the browser's own: to cancel it must not cancel another
  }
  window.requestAnimationFrame = (run) => (awaited.size ? later(() => onFrame(run)) : onFrame(run))
  window.setTimeout = (run, ms, ...rest) =>
    awaited.size ? later(() => setTimer(run, ms, ...rest)) : setTimer(run, ms, ...rest)
  window.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url)
      const { pathname } = new URL(url)
      const release = () => {
        window.firstMessages.push([pathname, document.documentElement.dataset.theme ?? ''])
        awaited.delete(pathname)
        if (!awaited.size) for (const run of held.splice(0)) run()
      }
      this.addEventListener('message', () => setTimer(release), { once: true })
    }
  }
}

// The panel in its frame goes on as ever.
if (location.pathname === '/') holdEffects()
