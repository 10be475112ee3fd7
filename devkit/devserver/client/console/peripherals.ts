/** The virtual peripherals as the dev server tells them, and the frames that went over the air. */

import { type Entry, fields } from './entries'

export interface Characteristic {
  uuid: string
  properties: string[]
  value: string
  subscribed: boolean
}

/** distance in metres, rssi in dBm (its mean), values in hex. */
export interface Peripheral {
  address: string
  name: string
  kind: string
  distance: number
  rssi: number
  inRange: boolean
  connected: boolean
  mtu: number
  faults: Record<string, boolean | number | null>
  services: { uuid: string; characteristics: Characteristic[] }[]
  llsync?: { bound: boolean; authorized: boolean; version: string; progress: number }
}

export interface Frame {
  seq: number
  address: string
  kind: string
  characteristic: string
  value: string
  words: string
}

const MAX_FRAMES = 200

/** Return the peripherals after some of them changed; null stands for one that left. */
export function updatePeripherals(
  known: Record<string, Peripheral>,
  changed: Record<string, unknown>,
): Record<string, Peripheral> {
  const next = { ...known }
  for (const [address, raw] of Object.entries(changed)) {
    if (raw === null) delete next[address]
    else next[address] = { ...(raw as Peripheral), address }
  }
  return next
}

/** Return the newest frames after some more entries; the same list when none of them is a frame. */
export function readFrames(known: readonly Frame[], entries: readonly Entry[]): readonly Frame[] {
  const found = entries.filter((entry) => entry.kind === 'ble.frame').slice(-MAX_FRAMES)
  if (found.length === 0) return known
  const read = found.map((entry) => ({ ...(fields(entry.data) as unknown as Frame), seq: entry.seq }))
  return [...known, ...read].slice(-MAX_FRAMES)
}
