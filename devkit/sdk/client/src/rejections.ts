/** Rejections that are devkit's own. */

import { words } from './words'

export interface NotImplemented {
  code: 'devkit.NotImplemented'
  msg: string
}

export function notImplemented(member: string, why = ''): NotImplemented {
  return {
    code: 'devkit.NotImplemented',
    msg: words(
      `${member} is not in this SDK${why && `: ${why}`}.`,
      `此 SDK 中没有 ${member}${why && `：${why}`}。`,
    ),
  }
}

export function needsKugou(): string {
  return words('it needs the script of KuGou as window.TMESDK', '需要酷狗的脚本 window.TMESDK')
}

export function badPlugin(): TypeError {
  return new TypeError(
    words('use() takes a plugin with an install function.', 'use() 需要带有 install 函数的插件。'),
  )
}
