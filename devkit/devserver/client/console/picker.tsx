/** Choose an element in the phone by a click, and get the locator that a test finds it by. */

import { useEffect, useState } from 'preact/hooks'
import { useStore } from './context'
import { fields } from './entries'
import { useTabWords } from './tab-strings'

/** Return Python for an element, in Playwright's words: as devkit/app/recorder.py writes them. */
export function locatorOf(picked: Record<string, unknown>): string {
  const text = (value: unknown) => JSON.stringify(String(value))
  if (picked['role']) {
    const name = picked['name'] ? `, name=${text(picked['name'])}, exact=True` : ''
    const nth = Number(picked['of'] ?? 1) > 1 ? `.nth(${Number(picked['nth'] ?? 0)})` : ''
    return `panel.get_by_role(${text(picked['role'])}${name})${nth}`
  }
  if (picked['text']) return `panel.get_by_text(${text(picked['text'])}, exact=True).first`
  return `panel.locator(${text(picked['css'] ?? '#app')})`
}

function phoneFrame(): Window | null {
  return document.querySelector<HTMLIFrameElement>('.screen iframe')?.contentWindow ?? null
}

export function Picker() {
  const store = useStore()
  const words = useTabWords()
  const [picking, setPicking] = useState(false)
  const [locator, setLocator] = useState('')
  const { origin } = new URL(store.boot.panelUrl, location.href)
  useEffect(() => {
    const listen = ({ source, origin: from, data }: MessageEvent<unknown>) => {
      if (from !== origin || source !== phoneFrame() || !('devkitPicked' in fields(data))) return
      const picked = fields(data)['devkitPicked']
      setPicking(false)
      if (picked) setLocator(locatorOf(fields(picked)))
    }
    window.addEventListener('message', listen)
    return () => window.removeEventListener('message', listen)
  }, [origin])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(locator)
      store.say(words.copied)
    } catch (error) {
      store.say(String(error))
    }
  }
  return (
    <>
      <div class="tests-bar">
        <button
          type="button"
          class="small"
          aria-pressed={picking}
          onClick={() => {
            setPicking(!picking)
            phoneFrame()?.postMessage({ devkitPick: true }, origin)
          }}
        >
          {words.pick}
        </button>
        {picking && <span class="muted">{words.picking}</span>}
      </div>
      {locator && (
        <div class="locator" role="status" aria-label={words.picked}>
          <code>{locator}</code>
          <button type="button" class="small" onClick={() => void copy()}>
            {words.copy}
          </button>
        </div>
      )}
    </>
  )
}
