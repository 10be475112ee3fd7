/** One frame of the gallery: a real panel with a device of its own, drawn small. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { useStore } from './context'
import { fields } from './entries'
import { type TabWords, useTabWords } from './tab-strings'

/** What the frame's device does, or what is done in its page. */
export type Step = { act: string; bodies: unknown[] } | { page: unknown }

/** As devkit/testing/tools/gallery.py tells it. */
export interface GalleryFrame {
  id: string
  state: string
  device: string
  line: number
  width: number
  height: number
  dark: boolean
  url: string
  problem: string
  failed: string
  steps: Step[]
}

const AT_ONCE = 6
const STEP_MS = 7000
const LOAD_MS = 8000
const NEAR = '600px'

/** Lets so many frames load at a time, in the order in which they asked. */
class Turns {
  private running = 0
  private readonly waiting: (() => void)[] = []

  /** Call go when it is the caller's turn; what is returned gives the turn back. */
  take(go: () => void): () => void {
    let state: 'waiting' | 'running' | 'done' = 'waiting'
    const start = () => {
      if (state !== 'waiting') return this.next()
      state = 'running'
      this.running += 1
      go()
    }
    this.waiting.push(start)
    this.next()
    return () => {
      if (state === 'running') this.running -= 1
      state = 'done'
      this.next()
    }
  }

  private next(): void {
    if (this.running < AT_ONCE) this.waiting.shift()?.()
  }
}

const turns = new Turns()

/** Ask a frame to do something in its page; answers what is wrong, "" when it was done. */
function inPage(frame: HTMLIFrameElement, step: unknown, origin: string, words: TabWords): Promise<string> {
  return new Promise((resolve) => {
    const end = (problem: string) => {
      window.removeEventListener('message', listen)
      clearTimeout(timer)
      resolve(problem)
    }
    const listen = ({ source, origin: from, data }: MessageEvent<unknown>) => {
      if (source !== frame.contentWindow || from !== origin) return
      const done = fields(data)['devkitStepDone']
      if (typeof done === 'string') end(done)
    }
    const timer = setTimeout(() => end(`${JSON.stringify(step)}: ${words.panelSilent}`), STEP_MS)
    window.addEventListener('message', listen)
    frame.contentWindow?.postMessage({ devkitStep: step }, origin)
  })
}

/** Tell whether an element is in view or near it. */
function useNear(ref: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false)
  useEffect(() => {
    const node = ref.current
    if (!node) return
    const root = node.closest('.frames-grid')
    const observer = new IntersectionObserver(
      (seen) => setNear(seen[seen.length - 1]?.isIntersecting ?? false),
      { root, rootMargin: NEAR },
    )
    observer.observe(node)
    return () => observer.disconnect()
  }, [])
  return near
}

interface Props {
  frame: GalleryFrame
  scale: number
  /** Load it though it is out of view. */
  eager: boolean
  chosen: boolean
  reloads: number
  onChoose(): void
}

export function FrameTile({ frame, scale, eager, chosen, reloads, onChoose }: Props) {
  const words = useTabWords()
  const tile = useRef<HTMLElement>(null)
  const near = useNear(tile)
  const [failed, setFailed] = useState('')
  const problem = frame.failed || failed || frame.problem
  return (
    <figure ref={tile} class={`frame-tile ${chosen ? 'chosen' : ''}`} data-frame={frame.state}>
      <figcaption>
        <button type="button" aria-pressed={chosen} title={words.choose(frame.state)} onClick={onChoose}>
          <b>{frame.state}</b>
          <small>{frame.device}</small>
        </button>
        {problem && (
          <span class="frame-problem" role="img" title={problem} aria-label={`${words.threw}: ${problem}`}>
            !
          </span>
        )}
      </figcaption>
      <div
        class="frame-box"
        style={{ width: `${frame.width * scale}px`, height: `${frame.height * scale}px` }}
      >
        {frame.problem ? (
          <p class="empty">{frame.problem}</p>
        ) : near || eager ? (
          <Live key={`${frame.id} ${reloads}`} frame={frame} scale={scale} onFailed={setFailed} />
        ) : (
          <p class="empty">{words.waiting}</p>
        )}
      </div>
    </figure>
  )
}

function Live({ frame, scale, onFailed }: Pick<Props, 'frame' | 'scale'> & { onFailed(text: string): void }) {
  const store = useStore()
  const words = useTabWords()
  const node = useRef<HTMLIFrameElement>(null)
  const release = useRef(() => {})
  const [started, setStarted] = useState(false)
  const { origin } = new URL(store.boot.panelUrl, location.href)
  useEffect(() => {
    const free = turns.take(() => setStarted(true))
    const timer = setTimeout(free, LOAD_MS) // a panel that never ends to load holds nobody up
    release.current = free
    return () => {
      clearTimeout(timer)
      free()
    }
  }, [])
  const loaded = async () => {
    release.current()
    onFailed('')
    for (const step of frame.steps) {
      const target = node.current
      if (!target) return
      const wrong = 'page' in step ? await inPage(target, step.page, origin, words) : await act(step)
      if (wrong) return onFailed(`${words.stepFailed}: ${wrong}`)
    }
  }
  const act = async (step: { act: string; bodies: unknown[] }): Promise<string> => {
    try {
      for (const body of step.bodies)
        await store.api.request('POST', `/gallery/frames/${frame.id}/${step.act}`, body)
      return ''
    } catch (error) {
      return String(error)
    }
  }
  if (!started) return null
  return (
    <iframe
      ref={node}
      src={origin + frame.url}
      title={`${frame.state}, ${frame.device}`}
      tabIndex={-1}
      onLoad={() => void loaded()}
      style={{
        width: `${frame.width}px`,
        height: `${frame.height}px`,
        transform: `scale(${scale})`,
        colorScheme: frame.dark ? 'dark' : 'light',
      }}
    />
  )
}
