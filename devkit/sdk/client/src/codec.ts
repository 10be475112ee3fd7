/** What crosses the link: JSON, with bytes as {"$bytes": base64} and Errors as {"$error": message}. */

const CHUNK = 0x8000

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK))
  }
  return btoa(text)
}

function fromBase64(text: string): ArrayBuffer {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes.buffer
}

function replace(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { $bytes: toBase64(new Uint8Array(value)) }
  if (ArrayBuffer.isView(value)) {
    return { $bytes: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  }
  return value
}

function revive(_key: string, value: unknown): unknown {
  if (value && typeof value === 'object') {
    const { $bytes, $error } = value as { $bytes?: unknown; $error?: unknown }
    if (typeof $bytes === 'string') return fromBase64($bytes)
    if (typeof $error === 'string') return new Error($error)
  }
  return value
}

/** Return a frame as text. Throws TypeError for what JSON cannot hold: cycles and bigints. */
export function encode(frame: unknown): string {
  return JSON.stringify(frame, replace)
}

/** Return the value in text; values without bytes or errors take the quick way. */
export function decode(text: string): any {
  return text.includes('"$bytes"') || text.includes('"$error"') ? JSON.parse(text, revive) : JSON.parse(text)
}
