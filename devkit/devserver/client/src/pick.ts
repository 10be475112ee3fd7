// Choose an element by a click: the console asks for it, and gets the words that a test finds it by.

import { boot } from './boot'
import { describe, worked } from './describe'

const mark = document.createElement('div')
mark.dataset['devkit'] = 'pick'
mark.style.cssText =
  'position:fixed;z-index:2147483647;pointer-events:none;box-sizing:border-box;border:2px solid #0059e0;' +
  'background:rgba(0,89,224,.15);border-radius:4px;display:none'

function show(event: Event): void {
  const element = worked(event) ?? (event.composedPath()[0] as Element)
  const { left, top, width, height } = element.getBoundingClientRect()
  for (const [name, value] of Object.entries({ left, top, width, height }))
    mark.style.setProperty(name, `${value}px`)
  mark.style.display = 'block'
}

function swallow(event: Event): void {
  event.preventDefault()
  event.stopImmediatePropagation()
}

function end(picked: object | null): void {
  mark.remove()
  for (const [name, listen] of LISTENERS) window.removeEventListener(name, listen, true)
  window.parent.postMessage({ devkitPicked: picked }, boot.console)
}

function choose(event: Event): void {
  swallow(event)
  const { role, name, nth, of, text, css } = describe(event)
  end({ role, name, nth, of, text, css })
}

const LISTENERS: [string, (event: Event) => void][] = [
  ['pointermove', show],
  ['pointerdown', swallow],
  ['pointerup', swallow],
  ['mousedown', swallow],
  ['mouseup', swallow],
  ['touchstart', swallow],
  ['click', choose],
  ['keydown', (event) => (event as KeyboardEvent).key === 'Escape' && end(null)],
]

// Asked for while somebody chooses, it ends that.
const chosenFrom = document.querySelector('div[data-devkit=pick]')
if (chosenFrom) {
  chosenFrom.dispatchEvent(new Event('end'))
} else {
  document.documentElement.append(mark)
  mark.addEventListener('end', () => end(null))
  for (const [name, listen] of LISTENERS)
    window.addEventListener(name, listen, { capture: true, passive: false })
}
