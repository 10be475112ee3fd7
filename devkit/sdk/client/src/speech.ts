/** Recognised speech: the asrResponse that a wsControl holds. */

const PROPERTY = '_sys_asr_response'

/**
 * Return the event's asrResponse, undefined for an ordinary control.
 *
 * Source: docs/reference/sdk-members.md row 131, where asrResponse wraps wsControl; the platform's C SDK for
 * devices, whose property holds a JSON text.
 */
export function speechOf(event: any): { deviceId: string; data: any } | undefined {
  const held = (event.deviceData || {})[PROPERTY]
  if (!held) return undefined
  try {
    return {
      deviceId: event.deviceId,
      data: typeof held.Value === 'string' ? JSON.parse(held.Value) : held.Value,
    }
  } catch {
    return undefined
  }
}
