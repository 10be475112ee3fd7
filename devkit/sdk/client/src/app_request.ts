/** What the official application development SDK uses for HTTP, answered by Python instead. */

import { currentLink } from './current'

interface RequestOptions {
  url: string
  data?: any
  method?: string
}

/**
 * Source: npm qcloud-iotexplorer-appdev-sdk@3.0.115 utils/request, whose answer has the envelope in `data`.
 */
export async function request({ url, data }: RequestOptions): Promise<{ data: any }> {
  const command = /[?&]cmd=([^&]*)/.exec(url)
  const action = data && data.Action ? data.Action : command ? decodeURIComponent(command[1] || '') : url
  return { data: await currentLink().call('devkit.request', [action, data]) }
}
