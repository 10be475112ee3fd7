/**
 * The DOM components of the panel SDK: tips, dialogs, offline card, device detail, firmware prompts and the signs of
 * the mini program.
 *
 * They know nothing of devices or links: the caller gives data and hooks. Each lives in its own shadow root below
 * <html>, so that neither a panel's rules nor theirs reach the other. Texts are data: nothing is parsed as HTML.
 */

import { Announcer } from './announcer'
import { DeviceDetail, type DeviceDetailHooks } from './detail'
import type { ColorScheme, Context } from './dom'
import { FirmwarePrompt } from './firmware'
import { Modal } from './modal'
import { NavigationCard, type NavigationHooks } from './navigation'
import { type OfflineHooks, OfflineTip } from './offline'
import { PreviewController, type PreviewHooks } from './preview'
import { type Lang, type Strings, stringsOf } from './strings'
import { Tips } from './tips'
import type { UpgradeSource } from './upgrade'
import { VibrationIndicator } from './vibration'

export type { DetailButton, DetailItem, DetailOptions, DeviceDetailState, GroupDetailState } from './detail'
export type { ColorScheme } from './dom'
export { type FirmwareVersions, isUpgradable } from './firmware'
export type { ModalOptions } from './modal'
export { type NavigationEntry, readTarget } from './navigation'
export type { Lang } from './strings'
export { type ErrorTipOptions, errorText, type TipOptions, type TipType } from './tips'
export type { UpgradeFacts, UpgradeProgress, UpgradeSource } from './upgrade'
export type { VibrationType } from './vibration'

/** What users do in components; each is called with nothing and may be left out. */
export type ComponentHooks = Partial<
  DeviceDetailHooks & OfflineHooks & Pick<NavigationHooks, 'onNavigateBack'> & PreviewHooks
>

export interface ComponentsOptions {
  /** The real SDK is Chinese. */
  lang?: Lang
  themeColor?: string
  colorScheme?: ColorScheme
  root?: Document
  upgrades?: UpgradeSource
  hooks?: ComponentHooks
}

export interface Components {
  readonly tips: Tips
  readonly modal: Modal
  readonly offlineTip: OfflineTip
  readonly deviceDetail: DeviceDetail
  readonly firmwarePrompt: FirmwarePrompt
  readonly navigationCard: NavigationCard
  readonly vibration: VibrationIndicator
  readonly previewController: PreviewController
  readonly strings: Strings
}

export type {
  Announcer,
  DeviceDetail,
  FirmwarePrompt,
  Modal,
  NavigationCard,
  OfflineTip,
  PreviewController,
  Tips,
  VibrationIndicator,
}

/** Create the components of one page. */
export function createComponents(options: ComponentsOptions = {}): Components {
  const { lang = 'zh', themeColor = '#0066ff', colorScheme = 'auto', root = document, hooks = {} } = options
  const context: Context = { document: root, lang, strings: stringsOf(lang), themeColor, colorScheme }
  const announcer = new Announcer(context)
  const modal = new Modal(context)
  return {
    strings: context.strings,
    modal,
    tips: new Tips(context, modal, announcer),
    offlineTip: new OfflineTip(context, {
      onFeedback: () => hooks.onFeedback?.(),
      onBackHome: () => hooks.onBackHome?.(),
    }),
    deviceDetail: new DeviceDetail(context, {
      onEditName: () => hooks.onEditName?.(),
      onDeviceInfo: () => hooks.onDeviceInfo?.(),
      onGroup: () => hooks.onGroup?.(),
      onRoom: () => hooks.onRoom?.(),
      onShare: () => hooks.onShare?.(),
      onFirmware: () => hooks.onFirmware?.(),
      onDelete: () => hooks.onDelete?.(),
    }),
    firmwarePrompt: new FirmwarePrompt(context, modal),
    navigationCard: new NavigationCard(
      context,
      { onNavigateBack: () => hooks.onNavigateBack?.(), upgrades: options.upgrades },
      announcer,
    ),
    vibration: new VibrationIndicator(context),
    previewController: new PreviewController(context, modal, {
      onExitPreview: () => hooks.onExitPreview?.(),
    }),
  }
}
