/** offlineTip: the card that tells what to check when the device is offline. */

import { type Context, createHost, element, type ShadowHost, trapFocus } from './dom'
import { dialogCss, LAYERS } from './theme'

export interface OfflineHooks {
  onFeedback(): void
  onBackHome(): void
}

const css = `
:host { position: fixed !important; top: 0 !important; right: 0 !important; bottom: 0 !important; left: 0 !important; z-index: ${LAYERS.offline} !important; }
.explorer-h5-modal-body { text-align: left; }
.explorer-h5-modal-body p { color: var(--text); padding-bottom: 6px; }
ol { padding-left: 20px; font-size: 15px; }
li { padding: 2px 0; }
`

/**
 * Source: docs/reference/protocol.md section 5.5; npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, OfflineTip: the
 * mask hides it, the buttons leave it open.
 */
export class OfflineTip {
  private readonly shadow: ShadowHost
  private release: (() => void) | undefined

  constructor(
    private readonly context: Context,
    private readonly hooks: OfflineHooks,
  ) {
    this.shadow = createHost(context, {
      id: 'J_offline_modal',
      className: 'explorer-h5-modal-container',
      css: dialogCss + css,
    })
    this.shadow.root.append(this.render())
    this.shadow.root.addEventListener('keydown', (event) => {
      if (!(event instanceof KeyboardEvent) || event.key !== 'Escape') return
      event.stopPropagation()
      this.hide()
    })
  }

  /** Tell whether the card is shown. */
  get visible(): boolean {
    return this.shadow.visible
  }

  /** Show the card; nothing happens when it is shown already. */
  show(): void {
    if (this.visible) return
    this.shadow.show()
    const first = this.shadow.root.querySelector<HTMLElement>('#J_offline_backHome')
    if (first) this.release = trapFocus(this.context, this.shadow.root, first)
  }

  /** Hide the card and give the focus back. */
  hide(): void {
    this.shadow.hide()
    this.release?.()
    this.release = undefined
  }

  private render(): HTMLElement {
    const { document, strings } = this.context
    const mask = element(document, 'div', { class: 'mask explorer-h5-modal-mask', id: 'J_offline_mask' })
    const feedback = element(
      document,
      'button',
      { type: 'button', id: 'J_offline_feedback' },
      strings.feedback,
    )
    const home = element(
      document,
      'button',
      { type: 'button', id: 'J_offline_backHome', class: 'J-confirm-btn' },
      strings.backHome,
    )
    mask.addEventListener('click', () => this.hide())
    feedback.addEventListener('click', () => this.hooks.onFeedback())
    home.addEventListener('click', () => this.hooks.onBackHome())
    const checks = strings.offlineChecks.map((text) => element(document, 'li', {}, text))
    const dialog = element(
      document,
      'div',
      {
        class: 'dialog explorer-h5-offline-modal',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-labelledby': 'title',
        'aria-describedby': 'body',
      },
      element(
        document,
        'div',
        { class: 'head' },
        element(document, 'h2', { class: 'title', id: 'title' }, strings.offlineTitle),
      ),
      element(
        document,
        'div',
        { class: 'body explorer-h5-modal-body', id: 'body' },
        element(document, 'p', {}, strings.offlineLead),
        element(document, 'ol', {}, ...checks),
      ),
      element(document, 'div', { class: 'foot explorer-h5-modal-footer' }, feedback, home),
    )
    return element(document, 'div', { class: 'layer' }, mask, dialog)
  }
}
