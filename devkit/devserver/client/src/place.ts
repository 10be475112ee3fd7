// Where the user is in the page: how far it is scrolled, and which element has the focus.

import { native } from './native'

/** A panel draws itself within some frames of its start, or after an answer of the cloud. */
const MOST_FRAMES = 30

/** Return the way from the body to an element as the numbers of children, and what it has to be. */
function wayTo(element: Element): number[] {
  const way: number[] = []
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    way.unshift(Array.from(at.parentElement?.children ?? []).indexOf(at))
  }
  return way
}

function follow(way: number[]): Element | undefined {
  return way.reduce<Element | undefined>((at, number) => at?.children[number], document.body)
}

/** Note where the user is; the returned function brings a new panel there, as soon as it has drawn that much. */
export function rememberPlace(): () => void {
  const scroller = document.scrollingElement
  const top = scroller?.scrollTop ?? 0
  const app = document.getElementById('app')
  const focused = app?.contains(document.activeElement) ? document.activeElement : null
  const same = focused && { way: wayTo(focused), id: focused.id, tag: focused.tagName }

  const scroll = (): boolean => {
    if (!scroller || top === 0) return true
    scroller.scrollTop = top
    return scroller.scrollTop === top
  }
  const focus = (): boolean => {
    if (!same || (document.activeElement && document.activeElement !== document.body)) return true
    const found = (same.id && document.getElementById(same.id)) || follow(same.way)
    if (found?.tagName !== same.tag) return false
    ;(found as HTMLElement).focus({ preventScroll: true })
    return true
  }
  return () => {
    let frames = 0
    const attempt = (): void => {
      const [scrolled, focusedAgain] = [scroll(), focus()]
      frames += 1
      if ((!scrolled || !focusedAgain) && frames < MOST_FRAMES) native.requestAnimationFrame(attempt)
    }
    attempt()
  }
}
