/** The page's one link, for modules that stand in for parts of other packages. */

import type { Link } from './link'

let current: Link | undefined

export function setCurrentLink(link: Link): void {
  current = link
}

export function currentLink(): Link {
  if (!current) throw new Error('The link to devkit is not there yet.')
  return current
}
