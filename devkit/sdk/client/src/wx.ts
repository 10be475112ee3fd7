/** window.wx and window.wechatJsSdk: WeChat's page-side API, answered by the simulated mini program. */

import type { Link } from './link'
import { wxFiles } from './wx-files'

interface WxCallbacks {
  success?: (result: any) => void
  fail?: (error: any) => void
  complete?: (result: any) => void
}

const MINI_PROGRAM = ['navigateTo', 'navigateBack', 'redirectTo', 'reLaunch', 'switchTab', 'postMessage']
/** Neither request nor connectSocket: with both, the SDK takes the page for a mini program. */
const JS_SDK = [
  'checkJsApi',
  'chooseImage',
  'previewImage',
  'uploadImage',
  'downloadImage',
  'getLocalImgData',
  'startRecord',
  'stopRecord',
  'playVoice',
  'pauseVoice',
  'stopVoice',
  'uploadVoice',
  'downloadVoice',
  'translateVoice',
  'getNetworkType',
  'openLocation',
  'getLocation',
  'scanQRCode',
  'closeWindow',
  'hideOptionMenu',
  'showOptionMenu',
  'hideMenuItems',
  'showMenuItems',
  'hideAllNonBaseMenuItem',
  'showAllNonBaseMenuItem',
  'updateAppMessageShareData',
  'updateTimelineShareData',
  'onMenuShareAppMessage',
  'onMenuShareTimeline',
]

function failed(result: any): boolean {
  return Boolean(result && typeof result.errMsg === 'string' && result.errMsg.includes(':fail'))
}

function wrap(link: Link, member: string, api: string): (options?: any) => void {
  return (options = {}) => {
    const { success, fail, complete, ...params } = (options || {}) as WxCallbacks & Record<string, unknown>
    const settle = (result: any) => {
      const callback = failed(result) ? fail : success
      if (callback) callback(result)
      if (complete) complete(result)
    }
    link
      .call(member, [api, params])
      .then(settle, (error: any) => settle({ errMsg: `${api}:fail ${error.msg}`, ...error }))
  }
}

export function createWx(link: Link): any {
  const miniProgram: Record<string, unknown> = {
    getEnv: (callback: (env: { miniprogram: boolean }) => void) =>
      setTimeout(() => callback({ miniprogram: true })),
  }
  for (const api of MINI_PROGRAM) miniProgram[api] = wrap(link, 'devkit.miniProgram', api)
  const wx: Record<string, any> = {
    miniProgram,
    config: () => undefined,
    ready: (callback: () => void) => setTimeout(callback),
    error: () => undefined,
    init: (callback?: (error: unknown) => void) => setTimeout(() => callback && callback(null)),
    ...wxFiles(link),
    share: (config: any = {}) => link.call('setShareConfig', [config.default || config]),
  }
  for (const api of JS_SDK) wx[api] = wrap(link, 'devkit.wx', api)
  return wx
}
