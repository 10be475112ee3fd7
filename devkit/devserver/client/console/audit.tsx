/** The audit of the panel on a slowed-down phone: run it, and read what it found. */

import { useEffect, useState } from 'preact/hooks'
import { useAuditWords } from './audit-strings'
import { useStore } from './context'
import { Card, Segments } from './widgets'

interface Finding {
  rule: string
  title: string
  points: number
  what: string
  where: string
  fix: string
}

/** As `devkit audit --json` has it. */
interface Audit {
  score: number
  profile: Phone
  at: number
  findings: Finding[]
  compared: string[]
  over_budget: string[]
  notes: string[]
}

interface State {
  running: boolean
  step: string
  problem: string
  last: Audit | null
}

type Phone = 'mid' | 'low' | 'fast'

const PHONES: Phone[] = ['mid', 'low', 'fast']
const HIGH = 8
const MIDDLE = 4

function severity(points: number): 'high' | 'middle' | 'low' {
  if (points >= HIGH) return 'high'
  return points >= MIDDLE ? 'middle' : 'low'
}

/** Findings by rule, what costs most first. */
function byRule(findings: readonly Finding[]): Finding[][] {
  const rules = new Map<string, Finding[]>()
  for (const finding of findings) rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding])
  return [...rules.values()].sort((left, right) => (right[0]?.points ?? 0) - (left[0]?.points ?? 0))
}

function Rule({ findings }: { findings: Finding[] }) {
  const words = useAuditWords()
  const first = findings[0] as Finding
  const level = severity(first.points)
  return (
    <li class={`audit-rule ${level}`} data-rule={first.rule}>
      <b>{first.title}</b> <small>{`${words[level]}, −${first.points}`}</small>
      {findings.map((finding) => (
        <p key={finding.what + finding.where}>
          {finding.what} {finding.where && <code>{finding.where}</code>}
        </p>
      ))}
      {first.fix && <p class="audit-fix">→ {first.fix}</p>}
    </li>
  )
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null
  return (
    <details class="audit-lines">
      <summary>
        {title} ({lines.length})
      </summary>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </details>
  )
}

function Result({ audit, report }: { audit: Audit; report: string }) {
  const words = useAuditWords()
  return (
    <>
      <p class="audit-score">
        <b data-score={audit.score} class={audit.score >= 90 ? 'good' : 'bad'}>
          {audit.score}
        </b>
        <span>
          {words.of(words.phones[audit.profile] ?? audit.profile, new Date(audit.at).toLocaleTimeString())}
        </span>
        <a href={report} target="_blank" rel="noreferrer">
          {words.report}
        </a>
      </p>
      {audit.over_budget.map((line) => (
        <p key={line} class="bad">
          {words.overBudget} {line}
        </p>
      ))}
      {audit.findings.length === 0 && <p>{words.nothing}</p>}
      <ul class="audit-rules">
        {byRule(audit.findings).map((findings) => (
          <Rule key={findings[0]?.rule} findings={findings} />
        ))}
      </ul>
      <Lines title={words.compared} lines={audit.compared} />
      <Lines title={words.notes} lines={audit.notes} />
    </>
  )
}

export function AuditCard() {
  const store = useStore()
  const words = useAuditWords()
  const [state, setState] = useState<State | null>(null)
  const [phone, setPhone] = useState<Phone>('mid')
  const version = store.audit.value
  useEffect(() => {
    if (store.api.canControl) void store.api.request('GET', '/audit').then((told) => setState(told as State))
  }, [version])
  if (!store.api.canControl || !state) return null
  const report = `/__devkit/api/audit/report?${new URLSearchParams({ token: store.boot.controlToken })}`
  return (
    <Card
      name="audit"
      title={words.title}
      badge={state.last && <span class="badge">{state.last.score}</span>}
    >
      <div class="audit-bar">
        <Segments
          label={words.phone}
          value={phone}
          options={PHONES.map((value) => ({ value, label: words.phones[value] }))}
          disabled={state.running}
          onChange={(chosen) => setPhone(chosen as Phone)}
        />
        <button
          type="button"
          class="small"
          disabled={state.running}
          onClick={() => store.post('/audit', { profile: phone, lang: store.lang.value })}
        >
          {state.running ? words.runs : words.run}
        </button>
      </div>
      {state.running && (
        <p class="empty" role="status">
          {state.step || words.starts}
        </p>
      )}
      {state.problem && (
        <p class="bad" role="alert">
          {state.problem}
        </p>
      )}
      {state.last ? <Result audit={state.last} report={report} /> : <p class="empty">{words.hint}</p>}
    </Card>
  )
}
