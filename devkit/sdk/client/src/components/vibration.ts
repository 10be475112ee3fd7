/** A short sign that the phone would vibrate now. */

import { type Context, createHost, element, type ShadowHost } from './dom'
import { LAYERS } from './theme'

export type VibrationType = 'heavy' | 'medium' | 'light'
const SHOWN_MS = 700

const css = `
:host { position: fixed !important; right: 12px !important; bottom: calc(12px + env(safe-area-inset-bottom)) !important;
  z-index: ${LAYERS.vibration} !important; pointer-events: none !important; }
.chip { display: flex; align-items: center; gap: 8px; padding: 6px 12px; border-radius: 16px; font-size: 13px; line-height: 20px;
  background: rgba(20, 22, 28, .85); color: #fff; }
.chip::before { content: ""; width: 9px; height: 15px; border: 2px solid #fff; border-radius: 3px;
  animation: shake .1s linear 5 alternate; }
.heavy::before { animation-duration: .07s; }
@keyframes shake { from { transform: translateX(-2px) rotate(-6deg); } to { transform: translateX(2px) rotate(6deg); } }
`

export class VibrationIndicator {
  private shadow: ShadowHost | undefined
  private timer: number | undefined

  constructor(private readonly context: Context) {}

  /** Tell whether the sign is shown. */
  get visible(): boolean {
    return this.shadow?.visible ?? false
  }

  /** Show the sign for 700 ms. */
  show(type: VibrationType | string = 'medium'): void {
    const { document, strings } = this.context
    const shadow = (this.shadow ??= createHost(this.context, { className: 'explorer-h5-vibration', css }))
    const strength = ['heavy', 'medium', 'light'].includes(type) ? type : 'medium'
    shadow.root.querySelector('.chip')?.remove()
    shadow.root.append(
      element(
        document,
        'div',
        { class: `chip ${strength}`, 'aria-hidden': 'true' },
        `${strings.vibrate} · ${strength}`,
      ),
    )
    shadow.show()
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => shadow.hide(), SHOWN_MS)
  }
}
