/** Files that cross the link: small ones whole, large ones in parts, so that other messages get through meanwhile. */

import type { Link } from './link'
import { words } from './words'

export type FileParts = ArrayBuffer | { parts: number; size: number }

/** Return the whole file; tell(received, size) is called after each part. */
export async function wholeFile(
  link: Link,
  file: FileParts,
  tell: (received: number, size: number) => void = () => undefined,
): Promise<ArrayBuffer> {
  if (file instanceof ArrayBuffer) {
    tell(file.byteLength, file.byteLength)
    return file
  }
  const whole = new Uint8Array(file.size)
  let received = 0
  while (received < file.size) {
    const part: ArrayBuffer = await link.call('devkit.part', [file.parts, received])
    whole.set(new Uint8Array(part), received)
    received += part.byteLength
    tell(received, file.size)
  }
  return whole.buffer
}

/** Blob.arrayBuffer is younger than the oldest web view. */
export function readBlob(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as ArrayBuffer)
    reader.onerror = () =>
      reject({
        code: 'devkit.InvalidArgument',
        msg: words('The recording cannot be read.', '无法读取录音。'),
      })
    reader.readAsArrayBuffer(blob)
  })
}
