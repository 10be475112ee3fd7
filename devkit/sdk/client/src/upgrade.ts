/** What the simulated upgrade page works with: the cloud, or the panel's own Bluetooth adapter of the device. */

import type { UpgradeProgress, UpgradeSource } from './components'
import type { Link } from './link'
import type { PanelSdk } from './sdk'

const [DOWNLOADING, BURNING, DONE, FAILED] = [3, 4, 6, 5]
const UPDATE_FAILED = -5
const REPORT_EVERY_MS = 1000

type Tell = (progress: UpgradeProgress) => void
interface Step {
  code: string
  detail?: { progress?: number }
}

/**
 * Steps of the official LLSync adapter that the page shows, with their status. Source: docs/reference/ble.md
 * section 2.8.
 */
const STATUS: Record<string, number> = {
  DOWNLOADING_OTA_FILE: DOWNLOADING,
  SEND_UPDATE_DATA_START: DOWNLOADING,
  SEND_UPDATE_DATA_DETAIL: DOWNLOADING,
  WAITING_MODULE_UPDATE: BURNING,
  MODULE_UPDATE_SUCCESS: DONE,
}
const STATES: Record<number, string> = {
  [DOWNLOADING]: 'downloading',
  [BURNING]: 'burning',
  [DONE]: 'done',
  [FAILED]: 'fail',
}

export function upgradesOf(sdk: () => PanelSdk | undefined, link: Link): UpgradeSource {
  return {
    read: (deviceId) => link.call('devkit.upgradePage', [deviceId]),
    progress: (deviceId) => link.call('devkit.upgradeProgress', [deviceId]),
    start: (deviceId) => link.call('devkit.startUpgrade', [deviceId]),
    startBluetooth: (deviceId, tell) => overBluetooth(sdk() as PanelSdk, link, deviceId, tell),
  }
}

/** Upgrade through the adapter that is connected, and tell the cloud how it goes, as the mini program does. */
async function overBluetooth(sdk: PanelSdk, link: Link, deviceId: string, tell: Tell): Promise<void> {
  const adapter = adapterOf(sdk, deviceId)
  if (!adapter) throw new Error(sdk.components_.strings.upgradePage.noAdapter)
  const { latest } = await link.call('devkit.upgradePage', [deviceId])
  let reported = 0
  let last: UpgradeProgress = { status: DOWNLOADING, percent: 0, message: '' }
  const report = (progress: UpgradeProgress, resultCode = 0): Promise<unknown> => {
    reported = Date.now()
    const { status, percent, message: resultMsg } = progress
    const state = STATES[status]
    return link
      .call('devkit.reportUpgrade', [
        { deviceId, state, persent: percent, version: latest, resultCode, resultMsg },
      ])
      .catch(() => undefined)
  }
  const onProgress = ({ code, detail }: Step): void => {
    const status = STATUS[code]
    if (status === undefined) return
    const before = last
    const percent = status === DOWNLOADING ? Math.round(detail?.progress ?? before.percent) : 100
    last = { status, percent: Math.min(100, Math.max(0, percent)), message: '' }
    if (status !== DONE) tell(last)
    if (status !== before.status || Date.now() - reported > REPORT_EVERY_MS) void report(last)
  }
  try {
    // The adapter waits for ever for a download that fails, so it is tried before.
    await sdk.downLoadDeviceOTA({ deviceId })
    await adapter.startOta({ onProgress })
  } catch (error) {
    const { msg, code, detail } = (error ?? {}) as { msg?: string; code?: unknown; detail?: { msg?: string } }
    const message = [msg || code || error, detail?.msg].filter(Boolean).join(': ')
    await report({ ...last, status: FAILED, message }, typeof code === 'number' ? code : UPDATE_FAILED)
    throw new Error(message)
  }
}

function adapterOf(sdk: PanelSdk, explorerDeviceId: string): any {
  const known = explorerDeviceId === sdk.deviceId ? (sdk.deviceInfo || {}).deviceAdapter : undefined
  const adapter = known || (sdk.blueToothAdapter as any).getDeviceAdapter({ explorerDeviceId })
  return adapter && typeof adapter.startOta === 'function' ? adapter : undefined
}
