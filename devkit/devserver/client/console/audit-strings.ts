/** The words of the audit's card. */

import { useStore } from './context'

const en = {
  title: 'Audit',
  phone: 'Phone',
  phones: { mid: 'Mid-range', low: 'Slow', fast: 'Fast' },
  run: 'Run',
  runs: 'Runs …',
  starts: 'Builds the panel …',
  hint: 'Builds the panel as for a release and opens it on a slowed-down phone: what it costs, and what it lacks.',
  of: (profile: string, time: string) => `of 100, on ${profile}, ${time}`,
  report: 'Report',
  overBudget: 'Over budget:',
  nothing: 'Nothing found.',
  compared: 'Since the audit before',
  notes: 'Notes',
  high: 'high',
  middle: 'middle',
  low: 'low',
}

export type AuditWords = typeof en

const zh: AuditWords = {
  title: '审计',
  phone: '手机',
  phones: { mid: '中端', low: '低端', fast: '高端' },
  run: '运行',
  runs: '正在运行……',
  starts: '正在构建面板……',
  hint: '按发布方式构建面板，在减速的手机上打开：看它开销多大，缺什么。',
  of: (profile: string, time: string) => `满分 100，${profile}，${time}`,
  report: '报告',
  overBudget: '超出预算：',
  nothing: '没有发现问题。',
  compared: '与上次审计相比',
  notes: '说明',
  high: '高',
  middle: '中',
  low: '低',
}

const WORDS: Record<'en' | 'zh', AuditWords> = { en, zh }

export function useAuditWords(): AuditWords {
  return WORDS[useStore().lang.value]
}
