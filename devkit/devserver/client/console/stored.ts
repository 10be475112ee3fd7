/** A choice of the user that survives a reload of the page. */

import { type Signal, signal } from '@preact/signals'

/** Return a signal whose text is kept by the browser; a default is not written down, for it may change. */
export function storedSignal<T extends string>(name: string, initial: T, allowed: readonly T[]): Signal<T> {
  const key = `devkit.console.${name}`
  let kept: string | null = null
  try {
    kept = localStorage.getItem(key)
  } catch {
    kept = null // storage is off in this browser
  }
  const choice = signal<T>(allowed.includes(kept as T) ? (kept as T) : initial)
  kept = choice.value
  choice.subscribe((value) => {
    if (value === kept) return
    kept = value
    try {
      localStorage.setItem(key, value)
    } catch {
      return // the choice lasts until the page is closed
    }
  })
  return choice
}
