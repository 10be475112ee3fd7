/** wx.downloadFile and wx.getFileSystemManager().readFile: what the official adapters fetch firmware with. */

import type { Link } from './link'
import { type FileParts, wholeFile } from './parts'

interface Callbacks {
  success?: (result: any) => void
  fail?: (error: any) => void
  complete?: (result: any) => void
}

const KEPT = 4

/**
 * Source: docs/reference/ble.md section 2.8; a web view has neither, so that a host page must supply both.
 */
export function wxFiles(link: Link): Record<string, (options?: any) => unknown> {
  const files = new Map<string, ArrayBuffer>()
  let count = 0

  const keep = (data: ArrayBuffer): string => {
    count += 1
    const path = `wxfile://tmp_${count}`
    files.set(path, data)
    const oldest = files.keys().next().value
    if (files.size > KEPT && oldest !== undefined) files.delete(oldest)
    return path
  }

  const downloadFile = ({ url, success, fail, complete }: Callbacks & { url?: string } = {}) => {
    const listeners: ((progress: object) => void)[] = []
    const tell = (written: number, size: number): void => {
      const progress = size ? Math.floor((100 * written) / size) : 100
      const told = { progress, totalBytesWritten: written, totalBytesExpectedToWrite: size }
      for (const listener of listeners) listener(told)
    }
    const fetching = link
      .call('devkit.fetchFirmware', [url])
      .then((file: FileParts) => wholeFile(link, file, tell))
    fetching.then(
      (data) => {
        const result = { tempFilePath: keep(data), statusCode: 200, errMsg: 'downloadFile:ok' }
        success?.(result)
        complete?.(result)
      },
      (error: any) => {
        const result = { ...error, errMsg: `downloadFile:fail ${error.msg}` }
        fail?.(result)
        complete?.(result)
      },
    )
    return {
      onProgressUpdate: (listener: (progress: object) => void) => void listeners.push(listener),
      abort: () => undefined,
    }
  }

  const readFile = ({ filePath = '', success, fail, complete }: Callbacks & { filePath?: string } = {}) => {
    const data = files.get(filePath)
    const result = data
      ? { data, errMsg: 'readFile:ok' }
      : { errMsg: `readFile:fail no such file or directory, open ${filePath}` }
    setTimeout(() => {
      ;(data ? success : fail)?.(result)
      complete?.(result)
    })
  }
  return { downloadFile, getFileSystemManager: () => ({ readFile }) }
}
