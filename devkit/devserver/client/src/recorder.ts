/** Note what a person does in the panel, in the words of a test. */

import { describe, worked } from './describe'

interface Runtime {
  link: { note(kind: string, data: unknown): void }
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

function note(act: string, event: Event, value?: string): void {
  const { __devkit_runtime: runtime } = window as { __devkit_runtime?: Runtime }
  if (!runtime || !event.isTrusted) return
  const { role, name, nth, of, text, css } = describe(event)
  runtime.link.note('touch', { act, role, name, nth, of, text, css, value })
}

/** Tell whether an element is one that one fills in or chooses from, rather than presses. */
function isField(element: EventTarget | null | undefined): element is Field {
  return (
    element instanceof Element &&
    /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) &&
    !/^(checkbox|radio|button|submit)$/.test((element as Field).type)
  )
}

document.addEventListener(
  'click',
  (event) => {
    if (!isField(worked(event))) note('click', event)
  },
  true,
)
document.addEventListener(
  'change',
  (event) => {
    const element = event.composedPath()[0]
    if (isField(element)) note(element.tagName === 'SELECT' ? 'select' : 'fill', event, element.value)
  },
  true,
)
