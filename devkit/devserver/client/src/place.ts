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

/** An element, and how to find the one that a new panel draws in its place. */
interface Spot {
  find(): Element | undefined
}

function spotOf(element: Element): Spot {
  const { id, tagName } = element
  const way = wayTo(element)
  const find = (): Element | undefined => {
    const found = (id && document.getElementById(id)) || follow(way)
    return found?.tagName === tagName ? found : undefined
  }
  return { find }
}

/** Return for each scrolled element what scrolls it again, and tells whether it could. */
function scrolls(app: Element | null): (() => boolean)[] {
  const page = document.scrollingElement
  const inner = Array.from(app?.querySelectorAll('*') ?? [])
  return [...(page ? [page] : []), ...inner]
    .filter((element) => element.scrollTop !== 0 || element.scrollLeft !== 0)
    .map((element) => {
      const { scrollTop: top, scrollLeft: left } = element
      const spot = element === page ? { find: () => page } : spotOf(element)
      return () => {
        const found = spot.find()
        if (!found) return false
        found.scrollTop = top
        found.scrollLeft = left
        return found.scrollTop === top && found.scrollLeft === left
      }
    })
}

/** Note where the user is; the returned function brings a new panel there, as soon as it has drawn that much. */
export function rememberPlace(): () => void {
  const app = document.getElementById('app')
  const focused = app?.contains(document.activeElement) ? document.activeElement : null
  const spot = focused && spotOf(focused)

  const focus = (): boolean => {
    if (!spot || (document.activeElement && document.activeElement !== document.body)) return true
    const found = spot.find()
    if (!found) return false
    ;(found as HTMLElement).focus({ preventScroll: true })
    return true
  }
  let open = [...scrolls(app), focus]
  return () => {
    let frames = 0
    const attempt = (): void => {
      open = open.filter((once) => !once())
      frames += 1
      if (open.length && frames < MOST_FRAMES) native.requestAnimationFrame(attempt)
    }
    attempt()
  }
}
