/** The modal dialog behind tips.showModal, confirm and alert. */

import { type Context, createHost, element, plainText, type ShadowHost, trapFocus } from './dom'
import { dialogCss, LAYERS } from './theme'

export interface ModalOptions {
  title?: string
  content?: string
  showCancel?: boolean
  cancelText?: string
  cancelColor?: string
  confirmText?: string
  confirmColor?: string
}

/**
 * One dialog at a time, as in the real SDK: a newer one takes the place of an open one, and its answer settles both
 * promises.
 *
 * Source: docs/reference/protocol.md section 5.4; npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, Tips.showModal.
 */
export class Modal {
  private shadow: ShadowHost | undefined
  private waiting: ((confirmed: boolean) => void)[] = []
  private release: (() => void) | undefined

  constructor(private readonly context: Context) {}

  /** Tell whether a dialog is open. */
  get visible(): boolean {
    return this.waiting.length > 0
  }

  /** Show a dialog; true when it was confirmed, false when cancelled or closed with Escape. */
  show(options?: ModalOptions | null): Promise<boolean> {
    const shadow = (this.shadow ??= this.createHost())
    const release = this.release
    const dialog = this.render(options ?? {})
    shadow.root.querySelector('.layer')?.remove()
    shadow.root.append(dialog)
    shadow.show()
    const first = dialog.querySelector<HTMLElement>('[data-confirm]')
    release?.()
    if (first) this.release = trapFocus(this.context, shadow.root, first)
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  /** Close the dialog, answering as a click on one of its buttons would. */
  answer(confirmed: boolean): void {
    const waiting = this.waiting
    this.waiting = []
    this.shadow?.hide()
    this.shadow?.root.querySelector('.layer')?.remove()
    this.release?.()
    this.release = undefined
    for (const resolve of waiting) resolve(confirmed)
  }

  private createHost(): ShadowHost {
    const css = `:host { position: fixed !important; top: 0 !important; right: 0 !important; bottom: 0 !important; left: 0 !important; z-index: ${LAYERS.modal} !important; }`
    const shadow = createHost(this.context, { className: 'explorer-h5-modal-host', css: css + dialogCss })
    shadow.root.addEventListener('click', (event) => {
      const target = event.target instanceof HTMLElement ? event.target.dataset : {}
      if (target['cancel']) this.answer(false)
      else if (target['confirm']) this.answer(true)
    })
    shadow.root.addEventListener('keydown', (event) => {
      if (!(event instanceof KeyboardEvent)) return
      if (event.key === 'Escape') this.answer(false)
      // A key held down since before the dialog opened must not answer it.
      else if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault()
      else return
      event.stopPropagation()
    })
    return shadow
  }

  private render(options: ModalOptions): HTMLElement {
    const { document, strings } = this.context
    const title = plainText(options.title)
    const content = plainText(options.content)
    const cancel = element(document, 'button', {
      type: 'button',
      'data-cancel': 1,
      class: 'explorer-h5-modal-footer-btn',
    })
    cancel.textContent = plainText(options.cancelText ?? strings.cancel)
    cancel.style.color = options.cancelColor ?? ''
    const confirm = element(document, 'button', {
      type: 'button',
      'data-confirm': 1,
      class: 'explorer-h5-modal-footer-btn J-confirm-btn',
    })
    confirm.textContent = plainText(options.confirmText ?? strings.confirm)
    confirm.style.color = options.confirmColor ?? ''
    const dialog = element(
      document,
      'div',
      {
        class: 'dialog explorer-h5-modal',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-labelledby': title ? 'title' : undefined,
        'aria-label': title ? undefined : strings.dialog,
        'aria-describedby': content ? 'body' : undefined,
      },
      element(
        document,
        'div',
        { class: 'head explorer-h5-modal-header' },
        title && element(document, 'h2', { class: 'title explorer-h5-modal-title', id: 'title' }, title),
      ),
      element(document, 'div', { class: 'body explorer-h5-modal-body', id: 'body' }, content),
      element(
        document,
        'div',
        { class: 'foot explorer-h5-modal-footer' },
        options.showCancel !== false && cancel,
        confirm,
      ),
    )
    return element(
      document,
      'div',
      { class: 'layer' },
      element(document, 'div', { class: 'mask explorer-h5-modal-mask' }),
      dialog,
    )
  }
}
