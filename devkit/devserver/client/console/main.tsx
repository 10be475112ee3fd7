/** Start the device console in #console of the page at /. */

import { render } from 'preact'
import type { Boot } from './api'
import { App } from './app'
import css from './console.css'
import { StoreContext } from './context'
import { Store } from './store'

const boot = JSON.parse(document.getElementById('devkit-boot')?.textContent ?? '{}') as Boot
const root = document.getElementById('console')

if (root) {
  const style = document.createElement('style')
  style.textContent = css
  document.head.append(style)
  const store = new Store(boot)
  store.start()
  render(
    <StoreContext.Provider value={store}>
      <App />
    </StoreContext.Provider>,
    root,
  )
}
