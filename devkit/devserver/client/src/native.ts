// The page's functions as they were before the panel and the tracker, for the live client itself.

export const native = {
  setTimeout: window.setTimeout.bind(window),
  requestAnimationFrame: window.requestAnimationFrame.bind(window),
  addEventListener: EventTarget.prototype.addEventListener,
  WebSocket: window.WebSocket,
  fetch: window.fetch.bind(window),
}

/** Listen on window without being tracked. */
export function onWindow(
  type: string,
  listener: (event: Event) => void,
  options?: AddEventListenerOptions,
): void {
  native.addEventListener.call(window, type, listener, options)
}
