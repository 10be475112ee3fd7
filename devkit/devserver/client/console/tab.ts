/** Which part of the console is shown: it is in the address, so that a link leads there. */

import { signal } from '@preact/signals'

export const TABS = ['device', 'gallery', 'tests'] as const
export type Tab = (typeof TABS)[number]

function named(): Tab {
  return TABS.find((name) => location.hash === `#${name}`) ?? 'device'
}

export const tab = signal<Tab>(named())
window.addEventListener('hashchange', () => (tab.value = named()))
