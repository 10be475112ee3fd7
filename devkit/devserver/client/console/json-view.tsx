/** A value as indented JSON with coloured tokens. */

import { useMemo } from 'preact/hooks'
import { useWords } from './context'

const MAX_LINES = 1500
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

interface Token {
  text: string
  kind: string
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), kind: '' })
    const kind = match[1] ? (match[2] ? 'key' : 'string') : match[3] ? 'word' : 'number'
    found.push({ text: match[0], kind })
    end = match.index + match[0].length
  }
  found.push({ text: text.slice(end), kind: '' })
  return found
}

export function JsonView({ value }: { value: unknown }) {
  const words = useWords()
  const { shown, more } = useMemo(() => {
    const lines = (JSON.stringify(value, null, 2) ?? 'undefined').split('\n')
    return { shown: tokens(lines.slice(0, MAX_LINES).join('\n')), more: lines.length - MAX_LINES }
  }, [value])
  return (
    <>
      <pre class="json">
        {shown.map((token, index) =>
          token.kind ? (
            <span key={index} class={token.kind}>
              {token.text}
            </span>
          ) : (
            token.text
          ),
        )}
      </pre>
      {more > 0 && (
        <p class="muted">
          {more} {words.cut}
        </p>
      )}
    </>
  )
}
