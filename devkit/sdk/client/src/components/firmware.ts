/** The firmware prompts: a new version was found, and the check that a user asks for. */

import type { Context } from './dom'
import type { Modal } from './modal'
import { fill } from './strings'

export interface FirmwareVersions {
  CurrentVersion?: string
  DstVersion?: string
}

/** Tell whether the cloud offers another version than the device runs. */
export function isUpgradable(versions: FirmwareVersions): boolean {
  return Boolean(versions.DstVersion) && versions.DstVersion !== versions.CurrentVersion
}

/**
 * Source: docs/reference/protocol.md sections 5.2 and 5.5; npm qcloud-iotexplorer-h5-panel-sdk@1.2.11,
 * FirmwareUpgrade.
 */
export class FirmwarePrompt {
  constructor(
    private readonly context: Context,
    private readonly modal: Modal,
  ) {}

  /** Say that a version was found; true when the user wants it now. */
  showUpgradable(versions: FirmwareVersions): Promise<boolean> {
    const { strings } = this.context
    return this.modal.show({
      title: strings.newFirmware,
      content: fill(strings.newFirmwareText, { dst: versions.DstVersion ?? '' }),
      confirmText: strings.upgradeNow,
    })
  }

  /** Show "checking" while check runs, then its result; true when the user wants to upgrade now. */
  async showCheck(check: () => Promise<FirmwareVersions>): Promise<boolean> {
    const { strings } = this.context
    const cancelled = this.modal
      .show({ title: strings.checking, confirmText: strings.cancel, showCancel: false })
      .then(() => 'cancelled' as const)
    let versions: FirmwareVersions | 'cancelled'
    try {
      versions = await Promise.race([check(), cancelled])
    } catch {
      await this.modal.show({ title: strings.checkFailed, showCancel: false })
      return false
    }
    if (versions === 'cancelled') return false
    const current = versions.CurrentVersion ?? ''
    if (isUpgradable(versions)) {
      return this.modal.show({
        title: strings.upgradable,
        content: fill(strings.upgradableText, { current, dst: versions.DstVersion ?? '' }),
        confirmText: strings.upgradeNow,
      })
    }
    const content = current ? fill(strings.currentVersion, { current }) : ''
    await this.modal.show({ title: strings.upToDate, content, showCancel: false })
    return false
  }
}
