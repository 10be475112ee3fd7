/** The bar over a preview version of a panel; a click leaves the preview. */

import { type Context, createHost, element, type ShadowHost } from './dom'
import type { Modal } from './modal'
import { fill } from './strings'
import { LAYERS } from './theme'

export interface PreviewHooks {
  onExitPreview(): void
}

const css = `
:host { position: fixed !important; left: 50% !important; top: 0 !important; transform: translateX(-50%) !important;
  z-index: ${LAYERS.preview} !important; }
button { padding: 4px 14px; border-radius: 0 0 10px 10px; font-size: 13px; background: #8a4b00; color: #fff; }
`

/**
 * Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, PreviewController: shown when
 * PANEL_DATA.previewVersionInfo is there.
 */
export class PreviewController {
  private shadow: ShadowHost | undefined

  constructor(
    private readonly context: Context,
    private readonly modal: Modal,
    private readonly hooks: PreviewHooks,
  ) {}

  /** Show the bar; nothing without version information. */
  render(info: { ConfigVersion?: unknown } | null | undefined): void {
    if (!info) return
    const { document, strings } = this.context
    const shadow = (this.shadow ??= createHost(this.context, { id: 'explorer-preview-controller', css }))
    const text = fill(strings.preview, { version: String(info.ConfigVersion ?? '') })
    const button = element(document, 'button', { type: 'button', class: 'preview-version-info' }, text)
    button.addEventListener('click', () => void this.exitPreview())
    shadow.root.querySelector('button')?.remove()
    shadow.root.append(button)
    shadow.show()
  }

  /** Ask, then leave the preview. */
  async exitPreview(): Promise<void> {
    if (await this.modal.show({ title: this.context.strings.exitPreview })) this.hooks.onExitPreview()
  }
}
