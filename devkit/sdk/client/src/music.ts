/** qqMusic: its enums and the one member that is not a call. */

import type { Link } from './link'
import { words } from './words'

/** Source: the platform's H5 panel guide, "SDK / Music"; two of the list types from a public repository. */
export const QQMusicQualityType = {
  FQ: 1,
  STANDARD: 2,
  HQ: 4,
  SQ: 8,
  XQ: 16,
  DOLBY: 32,
  FLYRA: 64,
  ATMOS: 128,
} as const

export const QQMusicPlayListType = {
  SongList: 5,
  Song: 6,
  Radio: 7,
  Rank: 8,
  Album: 9,
  Singer: 10,
  Recommend: 12,
  NoLoginArea: 14,
} as const

/** Fields of a song record with its address, from the best quality down. */
const URL_FIELDS: readonly [quality: number, field: string][] = [
  [QQMusicQualityType.ATMOS, 'SongPlayUrlAtmos'],
  [QQMusicQualityType.FLYRA, 'SongPlayUrlPq'],
  [QQMusicQualityType.DOLBY, 'SongPlayUrlDolby'],
  [QQMusicQualityType.XQ, 'SongPlayUrlXq'],
  [QQMusicQualityType.SQ, 'SongPlayUrlSq'],
  [QQMusicQualityType.HQ, 'SongPlayUrlHq'],
  [QQMusicQualityType.STANDARD, 'SongPlayUrlStandard'],
  [QQMusicQualityType.FQ, 'SongPlayUrl'],
]

export interface SyncEntry {
  UserOwnRule: number
  SongId: number
  SongPlayTime: number
  SongURL: string
  SongName: string
  SingerName: string
}

/** The address of the wanted quality, else of the next lower one, else the half-minute sample. */
function addressOf(song: Record<string, any>, quality: number): string {
  if (song.UnplayableCode) return song.Try30SUrl || ''
  const found = URL_FIELDS.find(([value, field]) => value <= quality && song[field])
  return (found && song[found[1]]) || song.SongPlayUrl || song.Try30SUrl || ''
}

/**
 * Turn song records into entries for syncSongList: in full, else as the sample, else left out.
 *
 * Throws {code, msg} when the necessary song cannot be played (UnplayableCode is not 0), sample or not.
 * Source: docs/reference/sdk-members.md row 145. Which address is taken for a quality that a song does not have,
 * and that a sample stands in for other unplayable songs, is unverified.
 */
export function pickSongInfoForSync(
  list: Record<string, any>[],
  { quality, necessarySongId }: { quality?: number; necessarySongId?: number } = {},
): SyncEntry[] {
  if (!Array.isArray(list))
    throw {
      code: 'devkit.InvalidArgument',
      msg: words('pickSongInfoForSync takes a list of songs.', 'pickSongInfoForSync 需要歌曲列表。'),
    }
  const entries: SyncEntry[] = []
  for (const song of list) {
    if (song.SongId === necessarySongId && song.UnplayableCode)
      throw { code: String(song.UnplayableCode), msg: song.UnplayableMsg || '歌曲无法播放' }
    const address = addressOf(song, quality || QQMusicQualityType.STANDARD)
    if (address) {
      entries.push({
        UserOwnRule: song.UserOwnRule || 0,
        SongId: song.SongId,
        SongPlayTime: playTime(song, address),
        SongURL: address,
        SongName: song.SongName || song.SongTitle || '',
        SingerName: song.SingerName || '',
      })
    } else if (song.SongId === necessarySongId) {
      throw { code: 'Unplayable', msg: song.UnplayableMsg || '歌曲无法播放' }
    }
  }
  return entries
}

/** Seconds; of the sample when that is what plays. */
function playTime(song: Record<string, any>, address: string): number {
  if (address !== song.Try30SUrl) return song.SongPlayTime || 0
  return Math.round(((song.TryEnd || 0) - (song.TryBegin || 0)) / 1000)
}

export function createQqMusic(link: Link): Record<string, unknown> {
  /** Both shapes at once: the public panel reads a list of groups, the document promises one. */
  const describeFreeSongList = async (): Promise<unknown> => {
    const groups = await link.call('qqMusic.describeFreeSongList', [])
    return Object.assign(groups, groups[0])
  }
  return { QQMusicQualityType, QQMusicPlayListType, pickSongInfoForSync, describeFreeSongList }
}
