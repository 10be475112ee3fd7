/** Tell screen readers what appeared: live regions that are never hidden, so that every text is read. */

import { type Context, createHost, element } from './dom'

const css = `
:host, :host(.hide) { display: block !important; position: fixed !important; left: 0 !important; top: 0 !important;
  width: 1px !important; height: 1px !important; overflow: hidden !important; clip-path: inset(50%) !important;
  pointer-events: none !important; }
`

export class Announcer {
  private readonly polite: HTMLElement
  private readonly assertive: HTMLElement

  constructor(context: Context) {
    const { root } = createHost(context, { className: 'explorer-h5-announcer', css })
    this.polite = element(context.document, 'div', { role: 'status', 'aria-live': 'polite' })
    this.assertive = element(context.document, 'div', { role: 'alert', 'aria-live': 'assertive' })
    root.append(this.polite, this.assertive)
  }

  /** Have a text read, at once when it is urgent. */
  say(text: string, urgent = false): void {
    const region = urgent ? this.assertive : this.polite
    // Equal texts are not read twice unless the region changes.
    region.textContent = region.textContent === text ? `${text}\u00a0` : text
  }
}
