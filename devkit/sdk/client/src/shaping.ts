/** Small helpers that shape an object: hidden fields, and a promise that others settle. */

export function deferred(): {
  promise: Promise<void>
  resolve: () => void
  reject: (reason: unknown) => void
} {
  let resolve!: () => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Let fields be there without being listed. */
export function hide(target: object, names: string[]): void {
  for (const name of names) {
    const value = (target as any)[name]
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  }
}
