// Looks, in a thread of its own, for what the target lacks: a rebuild does not wait for it.
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { tooNew } from './too_new.mjs'
import { Tools } from './tools.mjs'

/** @import { Message } from './messages.generated' */
/** @import { Looked } from './too_new.mjs' */

/** The thread, started with the first look; an answer to a look that was given up is dropped. */
export class Looker {
  /**
   * @param {string} project
   * @param {string} toolchain
   */
  constructor(project, toolchain) {
    this.folders = { project, toolchain }
    /** @type {Worker | null} */
    this.thread = null
    this.number = 0
    /** @type {(found: Message[] | null) => void} */
    this.done = () => {}
  }

  /**
   * Return the warnings; null when it was stopped.
   *
   * @param {Looked} looked
   * @returns {Promise<Message[] | null>}
   */
  look(looked) {
    this.thread ??= this.start()
    const number = ++this.number
    this.thread.postMessage({ number, looked })
    return new Promise((resolve) => {
      this.done = resolve
    })
  }

  /** Give up, for what is waiting. */
  stop() {
    this.number++
    this.done(null)
  }

  start() {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: this.folders })
    thread.on('message', ({ number, found }) => {
      if (number === this.number) this.done(found)
    })
    thread.on('error', () => {
      this.thread = null
      this.done([])
    })
    thread.unref()
    return thread
  }
}

if (!isMainThread && parentPort && workerData?.toolchain) {
  const { project, toolchain } = workerData
  const port = parentPort
  const tools = new Tools(project, toolchain)
  port.on('message', ({ number, looked }) =>
    port.postMessage({ number, found: tooNew(tools, toolchain, looked) }),
  )
}
