/** The two ways to Python: a WebSocket, and a function that Playwright exposes. */

import { decode } from './codec'

export interface PortEvents {
  /** The way is open: say hello. */
  onOpen(): void
  /** A frame, or several; onTurn and onRest follow. */
  onFrame(frame: any): void
  /** What waited for the frame before has been told. Take one; tells whether more are left. */
  onTurn(): boolean
  /** The last turn for now. */
  onRest(): void
  onError(error: unknown): void
  /** The way is closed; it opens again by itself. */
  onClose(code: number, reason: string): void
}

export interface Port {
  open(events: PortEvents): void
  send(text: string): void
  close(): void
}

const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 5000

const TURNS = 4
/** How long a chain of promises may be that waits for a frame, where there is no event between two frames. */
const TICKS = 24

/**
 * Take up to TURNS frames for one message of a target. Between two listeners of an event the browser runs
 * what waits for promises, just as it does between two events, and that is quicker than an event for each.
 */
export function inTurns(
  target: EventTarget,
  begin: (event: Event) => void,
  { onTurn, onRest }: Pick<PortEvents, 'onTurn' | 'onRest'>,
): void {
  const turns: ((event: Event) => void)[] = [
    (event) => {
      begin(event)
      onTurn()
    },
  ]
  while (turns.length < TURNS - 1) turns.push(() => onTurn())
  turns.push(() => {
    onTurn()
    onRest()
  })
  for (const turn of turns) target.addEventListener('message', turn)
}

/**
 * A WebSocket that reconnects, waiting twice as long after each failure. A reconnecting library would pass each
 * message on in an event of its own, between whose listeners the browser runs nothing: inTurns needs the real one.
 */
export class WebSocketPort implements Port {
  private socket: WebSocket | undefined
  private delay = FIRST_DELAY_MS
  private stopped = false

  constructor(private readonly url: string) {}

  open(events: PortEvents): void {
    const socket = new WebSocket(this.url)
    this.socket = socket
    socket.onopen = () => {
      this.delay = FIRST_DELAY_MS
      events.onOpen()
    }
    inTurns(socket, (message) => events.onFrame(decode((message as MessageEvent).data)), events)
    socket.onerror = (event) => events.onError(event)
    socket.onclose = (event) => {
      this.socket = undefined
      events.onClose(event.code, event.reason)
      if (this.stopped) return
      setTimeout(() => this.open(events), this.delay * (0.75 + Math.random() / 2))
      this.delay = Math.min(this.delay * 2, MAX_DELAY_MS)
    }
  }

  send(text: string): void {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(text)
  }

  close(): void {
    this.stopped = true
    if (this.socket) this.socket.close()
  }
}

type Binding = (document: string, text: string) => Promise<string | null>

/**
 * A Playwright binding. A call's answer is the binding's result, everything else comes through
 * __devkit_receive; both carry the number of the frame, by which they are put in order.
 */
export class BindingPort implements Port {
  private readonly document = Math.random().toString(36).slice(2)
  private readonly early = new Map<number, any>()
  private next = 1
  private events: PortEvents | undefined

  constructor(private readonly binding: Binding) {}

  open(events: PortEvents): void {
    this.events = events
    const global = window as unknown as { __devkit_receive?: (text: string) => void }
    global.__devkit_receive = (text) => this.takeAll(text)
    events.onOpen()
  }

  send(text: string): void {
    this.binding(this.document, text).then(
      (answer) => {
        if (answer) this.takeAll(answer)
      },
      (error) => this.events?.onClose(1006, String(error)),
    )
  }

  close(): void {
    this.events = undefined
  }

  /** Keep what came early, pass on together what is due. */
  private takeAll(text: string): void {
    for (const [number, frame] of decode(text)) this.early.set(number, frame)
    const due: any[] = []
    while (this.early.has(this.next)) {
      due.push(this.early.get(this.next))
      this.early.delete(this.next)
      this.next += 1
    }
    if (!due.length || !this.events) return
    this.events.onFrame({ t: 'many', f: due })
    void takeTurns(this.events)
  }
}

/** As inTurns, without an event, for the next one may be far off: what waits for promises gets time to run. */
async function takeTurns({ onTurn, onRest }: PortEvents): Promise<void> {
  for (let turn = 0; onTurn() && turn < TURNS; turn += 1) {
    for (let tick = 0; tick < TICKS; tick += 1) await undefined
  }
  onRest()
}
