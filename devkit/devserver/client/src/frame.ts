// A frame of the console's gallery: its language, and the steps that it takes when the console says so.

import { boot, text } from './boot'

interface Step {
  click?: string | number | { selector: string }
  wait_for?: string | number
}

const STEP_MS = 5000
const { setTimeout: later } = window

const { locale } = boot
if (locale) {
  const languages = [locale, locale.split('-')[0]]
  Object.defineProperty(navigator, 'language', { configurable: true, get: () => locale })
  Object.defineProperty(navigator, 'languages', { configurable: true, get: () => languages })
}

/** Return the smallest element that shows a text, as Playwright's get_by_text does. */
function withText(text: string): Element | undefined {
  const wanted = text.toLowerCase()
  const shows = (element: Element) => (element.textContent ?? '').toLowerCase().includes(wanted)
  return Array.from(document.querySelectorAll('body *')).find(
    (element) =>
      !/^(SCRIPT|STYLE)$/.test(element.tagName) &&
      shows(element) &&
      !Array.from(element.children).some(shows),
  )
}

function find(step: Step): Element | null | undefined {
  const target = step.click ?? step.wait_for ?? ''
  return typeof target === 'object' ? document.querySelector(target.selector) : withText(String(target))
}

/** Take a step as soon as it can be taken; answers "" or what is wrong. */
function take(step: Step, answer: (problem: string) => void, waited = 0): void {
  let found: Element | null | undefined
  try {
    found = find(step)
  } catch (error) {
    answer(String(error))
    return
  }
  if (found) {
    if (step.click !== undefined) (found as HTMLElement).click()
    answer('')
  } else if (waited >= STEP_MS) {
    answer(
      `${JSON.stringify(step)}: ${text(`nothing like that has shown in ${STEP_MS / 1000} s`, `${STEP_MS / 1000} 秒内没有出现这样的内容`)}`,
    )
  } else {
    later(() => take(step, answer, waited + 50), 50)
  }
}

window.addEventListener('message', ({ source, origin, data }: MessageEvent) => {
  const step = (data as { devkitStep?: Step } | null)?.devkitStep
  if (!step || source !== window.parent || origin !== boot.console) return
  take(step, (devkitStepDone) => window.parent.postMessage({ devkitStepDone }, boot.console))
})
