/** The mini program's pages above the panel, as the timeline tells them. */

import { type Entry, fields } from './entries'

export interface OpenPage {
  seq: number
  api: string
  path: string
  params: [string, string][]
}

export interface MiniProgramState {
  pages: readonly OpenPage[]
  closed: boolean
  share: { title: string; imgUrl: string } | null
  vibrations: number
  lastVibration: string
}

export const NO_PAGES: MiniProgramState = {
  pages: [],
  closed: false,
  share: null,
  vibrations: 0,
  lastVibration: '',
}

function openPage(entry: Entry): OpenPage {
  const data = fields(entry.data)
  const [path = '', query = ''] = String(data['url'] ?? '').split(/\?(.*)/s)
  const params = query ? [...new URLSearchParams(query)] : []
  return { seq: entry.seq, api: String(data['api']), path, params }
}

function navigate(state: MiniProgramState, entry: Entry): MiniProgramState {
  const page = openPage(entry)
  switch (page.api) {
    case 'navigateBack':
      return state.pages.length ? { ...state, pages: state.pages.slice(0, -1) } : { ...state, closed: true }
    case 'redirectTo':
      return { ...state, pages: [...state.pages.slice(0, -1), page] }
    case 'reLaunch':
    case 'switchTab':
      return { ...state, pages: [page] }
    default:
      return { ...state, pages: [...state.pages, page] }
  }
}

/** Return the state after some more entries. */
export function readStack(state: MiniProgramState, entries: readonly Entry[]): MiniProgramState {
  let next = state
  for (const entry of entries) {
    const data = fields(entry.data)
    if (entry.kind === 'navigation') next = navigate(next, entry)
    else if (entry.kind === 'miniProgram' && data['event'] === 'pageShow')
      next = { ...next, pages: [], closed: false }
    else if (entry.kind === 'link' && data['state'] === 'open') next = { ...next, pages: [], closed: false }
    else if (entry.kind === 'share')
      next = { ...next, share: { title: String(data['title'] ?? ''), imgUrl: String(data['imgUrl'] ?? '') } }
    else if (entry.kind === 'vibrate')
      next = { ...next, vibrations: next.vibrations + 1, lastVibration: String(data['type'] ?? '') }
  }
  return next
}
