/** Rejections that are devkit's own. */

export interface NotImplemented {
  code: 'devkit.NotImplemented'
  msg: string
}

export function notImplemented(member: string, why = ''): NotImplemented {
  return { code: 'devkit.NotImplemented', msg: `${member} is not in this SDK${why ? `: ${why}` : ''}.` }
}
