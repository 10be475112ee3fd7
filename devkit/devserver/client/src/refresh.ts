// React's own runtime for new versions of components. It has to be in the page before any React is.

import * as runtime from 'react-refresh/runtime'

interface FiberRoot {
  current: { child: unknown }
}

interface Renderer {
  /** In development builds: render an element into a root, null to take away what is in it. */
  scheduleRoot?: (root: FiberRoot, element: unknown) => void
  /** In those from React 16.9 on: draw new versions of components. */
  scheduleRefresh?: unknown
}

interface Hook {
  inject: (renderer: Renderer) => number
  onCommitFiberRoot: (id: number, root: FiberRoot, ...rest: unknown[]) => void
}

const renderers = new Map<number, Renderer>()
const drawn = new Map<FiberRoot, number>()

runtime.injectIntoGlobalHook(window)
const hook = (window as unknown as { __REACT_DEVTOOLS_GLOBAL_HOOK__: Hook }).__REACT_DEVTOOLS_GLOBAL_HOOK__
const { inject, onCommitFiberRoot } = hook

hook.inject = function (renderer) {
  const id = inject.call(this, renderer)
  renderers.set(id, renderer)
  return id
}

hook.onCommitFiberRoot = function (id, root, ...rest) {
  if (root.current.child) drawn.set(root, id)
  else drawn.delete(root)
  return onCommitFiberRoot.call(this, id, root, ...rest)
}

/** Unmount what any React of the page has drawn, so that no update is tried on it any more. */
function unmountAll(): void {
  for (const [root, id] of [...drawn]) {
    drawn.delete(root)
    renderers.get(id)?.scheduleRoot?.(root, null)
  }
}

/** Tell whether every React of the page can draw new versions of components. */
function canDraw(): boolean {
  return renderers.size > 0 && [...renderers.values()].every(({ scheduleRefresh }) => scheduleRefresh)
}

Object.assign(window, { __devkit_refresh: { ...runtime, unmountAll, canDraw } })
