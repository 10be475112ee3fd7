/** What the Bluetooth adapters use of spark-md5. */

import CryptoJS from './adapter_crypto'

export function hash(text: string): string {
  return CryptoJS.MD5(text).toString()
}

export default { hash }
