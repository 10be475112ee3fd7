/** showDeviceDetail and showGroupDetail: the full-screen list of what can be set for a device. */

import { type Context, classNames, createHost, element, plainText, type ShadowHost } from './dom'
import { LAYERS } from './theme'

export interface DetailItem {
  labelIcon?: string
  label: string
  content?: string
  className?: string
  onClick?: (() => unknown) | null
}

export interface DetailButton {
  text: string
  className?: string
  type?: 'danger' | 'primary' | 'warning'
  onClick?: () => unknown
}

/** What showDeviceDetail takes; sizes in px. Source: docs/reference/sdk-members.md row 51. */
export interface DetailOptions {
  labelWidth?: number
  marginTop?: number
  containerClassName?: string
  extendItems?: DetailItem[]
  extendButtons?: DetailButton[]
}

/** What the caller knows of the device; group "manage" or "create" adds that line. */
export interface DeviceDetailState {
  deviceName: string
  roomName?: string
  isOwner: boolean
  isShared: boolean
  group?: 'manage' | 'create'
}

export interface GroupDetailState {
  groupName: string
  roomName?: string
  isOwner: boolean
  isShared: boolean
}

export interface DeviceDetailHooks {
  onEditName(): unknown
  onDeviceInfo(): unknown
  onGroup(): unknown
  onRoom(): unknown
  onShare(): unknown
  onFirmware(): unknown
  onDelete(): unknown
}

const css = `
:host { position: fixed !important; top: 0 !important; right: 0 !important; bottom: 0 !important; left: 0 !important; z-index: ${LAYERS.detail} !important; overflow: auto !important;
  background: var(--page) !important; overscroll-behavior: contain !important; }
.explorer-h5-device-detail { padding-bottom: calc(24px + env(safe-area-inset-bottom)); max-width: 640px; margin: 0 auto; }
.section-list-container { overflow: hidden; }
.section-list { margin: 0 12px; border-radius: 12px; overflow: hidden; background: var(--bg); }
.section-item + .section-item { border-top: 1px solid var(--line); }
.section-item_inner { display: flex; align-items: center; gap: 12px; width: 100%; min-height: 56px; padding: 12px 16px; }
.item-label { display: flex; align-items: center; gap: 8px; flex: none; max-width: 60%; font-weight: 500; }
.item-label-icon { width: 24px; height: 24px; flex: none; object-fit: contain; }
.label-text { overflow-wrap: anywhere; min-width: 0; }
.item-content { flex: 1; min-width: 0; color: var(--weak); text-align: right; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.append-arrow::after { content: ""; flex: none; width: 9px; height: 9px; margin: 0 3px 0 -2px; border: solid var(--weak);
  border-width: 2px 2px 0 0; transform: rotate(45deg); opacity: .7; }
button.section-item_inner:active { background: var(--page); }
.right-red-hint { display: none; }
.right-red-hint::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 8px; border-radius: 50%;
  background: #fa5151; }
.right-red-hint.on { display: inline; }
.btn-group { display: grid; gap: 12px; padding: 24px 12px 0; }
.explorer-btn { min-height: 50px; border-radius: 12px; padding: 8px 16px; text-align: center; font-size: 17px; font-weight: 500;
  background: var(--bg); color: var(--text); overflow-wrap: anywhere; }
.explorer-btn.btn-danger { color: var(--danger); }
.explorer-btn.btn-primary { background: var(--theme, #06f); color: #fff; }
.explorer-btn.btn-warning { color: #b35c00; background: #fff4e5; }
.explorer-btn:active { opacity: .8; }
`

type Row = DetailItem & { redDot?: boolean }

export class DeviceDetail {
  private shadow: ShadowHost | undefined
  private redraw: (() => void) | undefined
  private redDot = false

  constructor(
    private readonly context: Context,
    private readonly hooks: DeviceDetailHooks,
  ) {}

  /** Tell whether the view is shown. */
  get visible(): boolean {
    return this.shadow?.visible ?? false
  }

  /** Show the view of a device. state is asked again at each refresh(). */
  show(state: () => DeviceDetailState, options: DetailOptions = {}): void {
    this.open(() => {
      const now = state()
      const remove = now.isShared ? this.context.strings.removeShared : this.context.strings.deleteDevice
      this.draw(this.deviceRows(now), now.isOwner || now.isShared ? remove : '', options)
    })
  }

  /** Show the view of a group. state is asked again at each refresh(). */
  showGroup(state: () => GroupDetailState, options: DetailOptions = {}): void {
    const { strings } = this.context
    this.open(() => {
      const now = state()
      const remove = now.isShared ? strings.removeSharedGroup : strings.deleteGroup
      this.draw(this.groupRows(now), now.isOwner || now.isShared ? remove : '', options)
    })
  }

  /** Draw the shown view again after its data changed. */
  refresh(): void {
    if (this.visible) this.redraw?.()
  }

  /** Show or hide the red dot beside the firmware line. */
  setRedDot(visible: boolean): void {
    this.redDot = visible
    const hint = this.shadow?.root.querySelector('.right-red-hint')
    hint?.classList.toggle('on', visible)
  }

  /** Close the view. */
  hide(): void {
    this.redraw = undefined
    this.redDot = false
    this.shadow?.hide()
    this.shadow?.root.querySelector('.explorer-h5-device-detail')?.remove()
  }

  private open(redraw: () => void): void {
    const { document, strings } = this.context
    if (!this.shadow?.host.isConnected) {
      const parent = document.querySelector('#explorer-device-detail-container')
      this.shadow = createHost(this.context, { css, parent })
      this.shadow.host.setAttribute('role', 'region')
      this.shadow.host.setAttribute('aria-label', strings.detail)
    }
    this.redraw = redraw
    redraw()
    this.shadow.show()
    this.shadow.host.scrollTop = 0
  }

  private deviceRows(state: DeviceDetailState): Row[] {
    const { strings } = this.context
    const { hooks } = this
    const rows: Row[] = [
      {
        label: strings.deviceName,
        content: state.deviceName,
        onClick: state.isOwner ? () => hooks.onEditName() : null,
      },
      { label: strings.deviceInfo, onClick: () => hooks.onDeviceInfo() },
    ]
    if (!state.isOwner || state.isShared) return rows
    if (state.group) {
      const label = state.group === 'manage' ? strings.manageGroup : strings.createGroup
      rows.push({ label, onClick: () => hooks.onGroup() })
    }
    rows.push(
      { label: strings.room, content: state.roomName ?? '', onClick: () => hooks.onRoom() },
      { label: strings.share, onClick: () => hooks.onShare() },
      {
        label: strings.firmware,
        content: strings.firmwareNew,
        redDot: true,
        onClick: () => hooks.onFirmware(),
      },
    )
    return rows
  }

  private groupRows(state: GroupDetailState): Row[] {
    const { strings } = this.context
    const { hooks } = this
    const name = {
      label: strings.groupName,
      content: state.groupName,
      onClick: state.isOwner ? () => hooks.onEditName() : null,
    }
    if (!state.isOwner || state.isShared) return [name]
    return [
      name,
      { label: strings.manageGroup, onClick: () => hooks.onGroup() },
      { label: strings.room, content: state.roomName ?? '', onClick: () => hooks.onRoom() },
      { label: strings.shareGroup, onClick: () => hooks.onShare() },
    ]
  }

  private draw(own: Row[], remove: string, options: DetailOptions): void {
    const { document } = this.context
    const { labelWidth = 110, marginTop = 10, extendItems = [], extendButtons = [] } = options
    const rows = [...own, ...extendItems].filter(Boolean)
    const buttons: DetailButton[] = [
      ...(remove ? [{ text: remove, type: 'danger' as const, onClick: () => this.hooks.onDelete() }] : []),
      ...extendButtons.filter(Boolean),
    ]
    const list = element(
      document,
      'div',
      { class: 'section-list' },
      ...rows.map((row, index) => this.row(row, index, labelWidth)),
    )
    const container = element(
      document,
      'div',
      { class: 'section-list-container J-section-list-container' },
      list,
    )
    container.style.marginTop = `${Number(marginTop) || 0}px`
    const view = element(
      document,
      'div',
      { class: `explorer-h5-device-detail ${classNames(options.containerClassName)}` },
      container,
    )
    if (buttons.length) {
      view.append(
        element(
          document,
          'div',
          { class: 'btn-group' },
          ...buttons.map((button, index) => this.button(button, index)),
        ),
      )
    }
    const shadow = this.shadow
    if (!shadow) return
    shadow.root.querySelector('.explorer-h5-device-detail')?.remove()
    shadow.root.append(view)
    shadow.host.className = `explorer-h5-device-detail-host ${classNames(options.containerClassName)}`.trim()
  }

  private row(row: Row, index: number, labelWidth: number): HTMLElement {
    const { document } = this.context
    const { onClick } = row
    const icon = row.labelIcon
      ? element(document, 'img', { class: 'item-label-icon', src: row.labelIcon, alt: '' })
      : null
    const text = element(document, 'span', { class: 'label-text' }, plainText(row.label))
    const label = element(document, 'span', { class: 'item-label' }, icon, text)
    label.style.width = `${Number(labelWidth) || 0}px`
    const content = element(document, 'span', { class: 'item-content' })
    if (row.redDot)
      content.append(
        element(
          document,
          'span',
          { class: `right-red-hint ${this.redDot ? 'on' : ''}` },
          plainText(row.content),
        ),
      )
    else content.textContent = plainText(row.content)
    const clickable = typeof onClick === 'function'
    const inner = clickable
      ? element(
          document,
          'button',
          { type: 'button', class: 'section-item_inner append-arrow' },
          label,
          content,
        )
      : element(document, 'div', { class: 'section-item_inner' }, label, content)
    if (clickable) inner.addEventListener('click', () => onClick())
    const className = `J-section-item section-item align-right ${classNames(row.className)}`.trim()
    return element(
      document,
      'div',
      { class: className, part: `item ${classNames(row.className)}`.trim(), 'data-index': index },
      inner,
    )
  }

  private button(button: DetailButton, index: number): HTMLElement {
    const { onClick } = button
    const extra = classNames(button.className)
    const node = element(
      this.context.document,
      'button',
      {
        type: 'button',
        class: `explorer-btn btn-${classNames(button.type)} J-section-btn ${extra}`.trim(),
        part: `button ${extra}`.trim(),
        'data-index': index,
      },
      plainText(button.text),
    )
    if (typeof onClick === 'function') node.addEventListener('click', () => onClick())
    return node
  }
}
