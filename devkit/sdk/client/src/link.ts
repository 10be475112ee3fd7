/**
 * Calls to Python and events from it, over either port; devkit/sdk/link.py lists the frames.
 *
 * Events are numbered so that a page that reconnects gets each exactly once. Libraries that number messages do so
 * between their own server and their own socket; these frames also go over a Playwright binding.
 */

import { encode } from './codec'
import { inTurns, type Port } from './ports'
import { words } from './words'

export interface Rejection {
  code: string | number
  msg: string
}

export interface LinkEvents {
  /** An event of the session, in order and exactly once. */
  onEvent(kind: string, data: any): void
  /** Python calls a function of the page. */
  onAsk(member: string, args: any[]): unknown
  onWelcome(fresh: boolean): void
  onError(error: unknown): void
  onClose(code: number, reason: string): void
}

interface Waiting {
  member: string
  text: string
  sent: boolean
  resolve(value: any): void
  reject(reason: unknown): void
}

const VERSION = 1
const ACK_EVERY = 200
const ACK_DELAY_MS = 500
const OFFLINE_LIMIT_MS = 10_000
const MAX_NOTES = 1000
/** How long frames may hold up drawing and input; those that are left wait for the next event. */
const BUSY_MS = 4
const COMPACT = 1000

export class Link {
  private readonly waiting = new Map<number, Waiting>()
  private readonly notes: string[] = []
  private incoming: any[] = []
  private next = 0
  private since = 0
  private resting = false
  private readonly turn = new MessageChannel()
  private lastId = 0
  private seen = 0
  private acknowledged = 0
  private ackTimer = 0
  private opened = false
  private session: string
  private welcomed = false

  constructor(
    private readonly port: Port,
    session: string,
    private readonly context: () => object,
    private readonly events: LinkEvents,
  ) {
    this.session = session
    const { port1 } = this.turn
    inTurns(port1, () => this.wake(), { onTurn: () => this.takeOne(), onRest: () => this.rest() })
    port1.start()
  }

  get connected(): boolean {
    return this.opened
  }

  open(): void {
    this.port.open({
      onOpen: () => this.hello(),
      onFrame: (frame) => this.enqueue(frame),
      onTurn: () => this.takeOne(),
      onRest: () => this.rest(),
      onError: (error) => this.events.onError(error),
      onClose: (code, reason) => this.closed(code, reason),
    })
  }

  /** Call a member in Python. Rejects with what the member rejects with, or {code, msg} of the link. */
  call(member: string, args: readonly unknown[]): Promise<any> {
    this.lastId += 1
    const id = this.lastId
    let text: string
    try {
      text = encode({ t: 'call', id, m: member, a: args })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return Promise.reject({
        code: 'devkit.InvalidArgument',
        msg: `${member}: ${words('an argument is not JSON', '参数不是 JSON')}: ${why}`,
      })
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { member, text, sent: this.opened, resolve, reject }
      this.waiting.set(id, waiting)
      if (this.opened) this.port.send(text)
      else setTimeout(() => this.giveUp(id, waiting), OFFLINE_LIMIT_MS)
    })
  }

  /** Add something to the timeline. */
  note(kind: string, data: unknown): void {
    let text: string
    try {
      text = encode({ t: 'note', k: kind, d: data })
    } catch {
      text = encode({ t: 'note', k: kind, d: String(data) })
    }
    if (this.opened) this.port.send(text)
    else if (this.notes.length < MAX_NOTES) this.notes.push(text)
  }

  /** Tell Python that the page goes away. */
  bye(): void {
    if (this.opened) this.port.send('{"t":"bye"}')
  }

  private hello(): void {
    this.opened = true
    const { session, seen: since } = this
    const page = { url: location.href, agent: navigator.userAgent }
    this.port.send(encode({ t: 'hello', v: VERSION, session, since, context: this.context(), page }))
    for (const note of this.notes.splice(0)) this.port.send(note)
    for (const waiting of this.waiting.values()) {
      waiting.sent = true
      this.port.send(waiting.text)
    }
  }

  private enqueue(frame: any): void {
    if (frame.t === 'many') for (const part of frame.f) this.incoming.push(part)
    else this.incoming.push(frame)
    this.since = performance.now()
  }

  private wake(): void {
    this.resting = false
    this.since = performance.now()
  }

  /** Take one frame, so that what waits for it runs before the next; tell whether another may follow now. */
  private takeOne(): boolean {
    if (this.next === this.incoming.length || performance.now() - this.since > BUSY_MS) return false
    const frame = this.incoming[this.next]
    this.next += 1
    if (this.next === this.incoming.length || this.next === COMPACT) {
      this.incoming.splice(0, this.next)
      this.next = 0
    }
    this.take(frame)
    return this.next < this.incoming.length
  }

  /** Go on in an event of our own when frames are left. */
  private rest(): void {
    if (this.resting || this.next === this.incoming.length) return
    this.resting = true
    this.turn.port2.postMessage(0)
  }

  private take(frame: any): void {
    switch (frame.t) {
      case 'ev':
        this.event(frame)
        return
      case 'ok':
      case 'err':
        this.settle(frame)
        return
      case 'ask':
        void this.answer(frame)
        return
      case 'welcome':
        this.welcome(frame)
        return
      case 'refused':
        console.error(`devkit: ${frame.msg}`)
        this.drop('devkit.Refused', frame.msg)
    }
  }

  private welcome(frame: { session: string; n: number; resumed: boolean; resync?: boolean }): void {
    const fresh = this.welcomed && (!frame.resumed || frame.resync === true)
    this.session = frame.session
    this.welcomed = true
    // Events of the old link may have come after its hello was said; they are not to come twice.
    this.seen = Math.max(frame.resumed ? this.seen : 0, frame.n - 1)
    this.acknowledged = this.seen
    this.events.onWelcome(fresh)
  }

  private event(frame: { n: number; k: string; d: unknown }): void {
    if (frame.n <= this.seen) return
    this.seen = frame.n
    if (this.seen - this.acknowledged >= ACK_EVERY) this.acknowledge()
    else if (!this.ackTimer) this.ackTimer = window.setTimeout(() => this.acknowledge(), ACK_DELAY_MS)
    try {
      this.events.onEvent(frame.k, frame.d)
    } catch (error) {
      // One broken listener must not cost the next event.
      setTimeout(() => {
        throw error
      })
    }
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer)
    this.ackTimer = 0
    this.acknowledged = this.seen
    if (this.opened) this.port.send(`{"t":"ack","n":${this.seen}}`)
  }

  private settle(frame: { t: string; id: number; v?: unknown; e?: unknown }): void {
    const waiting = this.waiting.get(frame.id)
    if (!waiting) return
    this.waiting.delete(frame.id)
    if (frame.t === 'ok') waiting.resolve(frame.v === null ? undefined : frame.v)
    else waiting.reject(frame.e)
  }

  private async answer(frame: { id: number; m: string; a: any[] }): Promise<void> {
    let text: string
    try {
      text = encode({ t: 'answer', id: frame.id, v: await this.events.onAsk(frame.m, frame.a) })
    } catch (error) {
      text = encode({ t: 'answer', id: frame.id, e: String(error) })
    }
    this.port.send(text)
  }

  private closed(code: number, reason: string): void {
    const wasOpen = this.opened
    this.opened = false
    for (const [id, waiting] of [...this.waiting]) {
      if (!waiting.sent) continue
      this.waiting.delete(id)
      waiting.reject(lost(waiting.member))
    }
    if (wasOpen) this.events.onClose(code, reason)
  }

  private giveUp(id: number, waiting: Waiting): void {
    if (waiting.sent || !this.waiting.delete(id)) return
    waiting.reject(lost(waiting.member))
  }

  private drop(code: string, msg: string): void {
    for (const waiting of this.waiting.values()) waiting.reject({ code, msg })
    this.waiting.clear()
  }
}

function lost(member: string): Rejection {
  return {
    code: 'devkit.LinkClosed',
    msg: words(
      `The connection to devkit was lost before ${member} was answered.`,
      `在 ${member} 得到答复之前，与 devkit 的连接断开了。`,
    ),
  }
}
