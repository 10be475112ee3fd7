// What the page shows of errors: the build's in a layer over the panel, the panel's own in a small note.

import { boot, type Finding, type Problem, text } from './boot'
import { native } from './native'

const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; }
.layer { position: fixed; inset: 0; z-index: 2147483646; overflow: auto; padding: 16px 12px;
  background: rgba(18, 20, 26, .72); font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.card { max-width: 860px; margin: 0 auto; padding: 14px 16px 16px; border-radius: 10px; background: #1b1e26;
  color: #e4e7ee; border-top: 4px solid #ff5a52; box-shadow: 0 8px 40px rgba(0, 0, 0, .45); }
.head { display: flex; align-items: center; gap: 12px; }
.title { flex: 1; margin: 0; font: 600 15px/1.4 system-ui, -apple-system, "PingFang SC", "Noto Sans SC", sans-serif; }
button { border: 0; border-radius: 6px; padding: 4px 10px; background: #343946; color: inherit; cursor: pointer;
  font: 12px/1.5 system-ui, "PingFang SC", "Noto Sans SC", sans-serif; }
.finding { margin-top: 14px; }
.place { color: #7fc7ff; overflow-wrap: anywhere; }
a.place { cursor: pointer; }
a.place:hover { text-decoration: underline; }
.stage { color: #8f96a6; }
.message { margin-top: 2px; color: #ff8a83; white-space: pre-wrap; overflow-wrap: anywhere; }
pre { margin: 8px 0 0; padding: 8px 10px; border-radius: 6px; background: #111319; overflow-x: auto;
  font: inherit; font-size: 12px; white-space: pre; }
.hint { margin-top: 8px; color: #ffd37a; white-space: pre-wrap; overflow-wrap: anywhere; }
.foot { margin-top: 14px; color: #8f96a6; font-size: 12px; }
.note { position: fixed; left: 8px; right: 8px; bottom: 8px; z-index: 2147483645; max-width: 480px; margin: 0 auto;
  padding: 8px 8px 8px 12px; border-radius: 8px; max-height: 276px; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; background: #2a1718; color: #ffb4ae; border-left: 3px solid #ff5a52; box-shadow: 0 4px 18px rgba(0, 0, 0, .35);
  font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; }
.note button { position: sticky; top: 0; float: right; margin-left: 10px; }
`

function node(tag: string, name: string, content = ''): HTMLElement {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.textContent = content
  return made
}

function shadowHost(kind: string): { host: HTMLElement; root: ShadowRoot } {
  const host = document.createElement('div')
  host.dataset.devkit = kind
  const root = host.attachShadow({ mode: 'open' })
  root.append(node('style', '', STYLE))
  document.documentElement.append(host)
  return { host, root }
}

function closeButton(close: () => void): HTMLElement {
  const button = node('button', '', text('Close', '关闭'))
  button.addEventListener('click', close)
  return button
}

/** The place of a finding; a click opens it in the editor of the machine that runs devkit. */
function placeNode(place: string): HTMLElement {
  if (!boot.token) return node('span', 'place', place) // not a page of ours
  const link = node('a', 'place', place)
  link.title = text('Open in the editor', '在编辑器中打开')
  link.setAttribute('role', 'link')
  link.tabIndex = 0
  link.addEventListener('click', async () => {
    const query = new URLSearchParams({ file: place, token: boot.token })
    const answer = await native
      .fetch(`/__devkit/open-in-editor?${query}`, { method: 'POST' })
      .catch(() => null)
    const words = answer && !answer.ok ? await answer.text() : ''
    if (words) link.after(node('div', 'hint', words))
  })
  return link
}

function findingNode(finding: Finding): HTMLElement {
  const box = node('div', 'finding')
  const parts = [finding.file, finding.line || '', finding.line && finding.column ? finding.column : '']
  const line = node('div', '')
  const place = parts.filter((part) => part !== '').join(':')
  if (place) line.append(placeNode(place), ' ')
  line.append(node('span', 'stage', `[${finding.stage}]`))
  box.append(line, node('div', 'message', finding.message))
  if (finding.frame) box.append(node('pre', '', finding.frame))
  if (finding.hint) box.append(node('div', 'hint', finding.hint))
  return box
}

let layer: HTMLElement | null = null
let note: HTMLElement | null = null

/** Show what is wrong with the build, or take it away (null). */
export function showProblem(problem: Problem | null): void {
  layer?.remove()
  layer = null
  if (!problem) return
  const { host, root } = shadowHost('overlay')
  const back = node('div', 'layer')
  const card = node('div', 'card')
  card.setAttribute('role', 'alert')
  const head = node('div', 'head')
  const title =
    problem.title === 'The panel does not build'
      ? text(problem.title, '面板构建失败')
      : text(problem.title, '面板无法运行')
  head.append(
    node('div', 'title', title),
    closeButton(() => showProblem(null)),
  )
  card.append(head, ...problem.findings.map(findingNode))
  card.append(
    node('div', 'foot', text('Save the fix and this goes away.', '修复并保存后，此提示会自动消失。')),
  )
  back.append(card)
  root.append(back)
  layer = host
}

/** Show an error of the running panel, with its place once that is known, or take it away (null). */
export function showRuntimeError(message: string | null, finding?: Finding): void {
  note?.remove()
  note = null
  if (message === null) return
  const { host, root } = shadowHost('note')
  const box = node('div', 'note')
  box.setAttribute('role', 'alert')
  box.append(
    closeButton(() => showRuntimeError(null)),
    message,
  )
  if (finding) box.append(findingNode(finding))
  root.append(box)
  note = host
}
