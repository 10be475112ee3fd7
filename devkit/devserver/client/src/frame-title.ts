// Tell the console, which has another origin, the title of the panel's page in its phone.

import { boot } from './boot'
import { onWindow } from './native'

const PICK = '/__devkit/pick.js'

/** Tell the title now and when it changes. */
export function tellTitle(): void {
  if (window.parent === window) return
  const { parent } = window
  const post = parent.postMessage.bind(parent)
  const tell = (): void => post({ devkitTitle: document.title }, boot.console || location.origin)
  new MutationObserver(tell).observe(document.head, { subtree: true, childList: true, characterData: true })
  onWindow('load', tell)
  onWindow('message', (event) => {
    const { source, origin, data } = event as MessageEvent
    if (
      source !== parent ||
      origin !== boot.console ||
      !(data as { devkitPick?: boolean } | null)?.devkitPick
    )
      return
    const script = document.createElement('script')
    script.src = PICK
    script.dataset['devkit'] = 'pick'
    document.head.append(script)
  })
}
