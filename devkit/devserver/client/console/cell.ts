/** A value that components follow: the smallest store that does. */

import { useEffect, useState } from 'preact/hooks'

export class Cell<T> {
  private readonly listeners = new Set<() => void>()

  constructor(private current: T) {}

  get value(): T {
    return this.current
  }

  set value(next: T) {
    if (Object.is(next, this.current)) return
    this.current = next
    for (const listener of [...this.listeners]) listener()
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

/** Return the value of a cell; the component draws again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, redraw] = useState(0)
  useEffect(() => cell.subscribe(() => redraw((count) => count + 1)), [cell])
  return cell.value
}

/** Return a cell whose text survives a reload of the page. */
export function storedCell<T extends string>(name: string, initial: T, allowed: readonly T[]): Cell<T> {
  const key = `devkit.console.${name}`
  let stored: string | null = null
  try {
    stored = localStorage.getItem(key)
  } catch {
    stored = null // storage is off in this browser
  }
  const cell = new Cell<T>(allowed.includes(stored as T) ? (stored as T) : initial)
  cell.subscribe(() => {
    try {
      localStorage.setItem(key, cell.value)
    } catch {
      return // the choice lasts until the page is closed
    }
  })
  return cell
}
