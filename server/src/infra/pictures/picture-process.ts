import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Log, PictureUse } from '../../core/ports.ts'
import type { PictureAnswer, PictureOrder } from './picture-child.ts'
import type { RenderedPicture } from './render.ts'

/** A process that makes pictures, started when there is one to make. */
export interface PictureProcess {
  /**
   * The picture, one at a time. Undefined when it is refused, and when the process died over it or had to be killed. Throws
   * Error when the process cannot be started, or was ended.
   */
  render(order: PictureOrder): Promise<RenderedPicture | undefined>
  /** Kills the process, resolves when it is gone, and starts none again. */
  end(): Promise<void>
}

const entry = join(import.meta.dirname, 'picture-child.ts')
/** A start takes 0.2 s where nothing else is done. */
const startTimeoutMs = 30_000

/**
 * Nothing of ours, where secrets stand. glibc gives blocks from this size on back when they are freed; by itself it learns to
 * keep them: after a picture of 50 megapixels the process held 140 MB and not 540 MB (with the collection below).
 */
const environment = { MALLOC_MMAP_THRESHOLD_: '262144' }
/** Nothing of ours either, where a debugger may be opened. Pixels lie outside the heap, so the process has to be told to collect. */
const flags = ['--expose-gc']
/** Only why it died is told. */
const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const

const variants: Readonly<Record<PictureUse, readonly (keyof RenderedPicture)[]>> = {
  original: ['original'],
  crop: ['crop', '512', '256', '128', '64'],
}

/** Kills the process when one picture takes longer than `timeoutMs`, and when there was none to make for `idleMs`. */
export function createPictureProcess({
  timeoutMs,
  idleMs,
  log,
}: {
  readonly timeoutMs: number
  readonly idleMs: number
  readonly log: Log
}): PictureProcess {
  let child: ChildProcess | undefined
  let idling: NodeJS.Timeout | undefined
  let ended = false

  function start(): ChildProcess {
    const started = fork(entry, [], { env: environment, execArgv: flags, serialization: 'advanced', stdio: [...stdio] })
    started.on('error', (error) => log.error({ err: error }, 'The picture process cannot be started or spoken to'))
    // A process that never was has no exit either.
    if (started.pid === undefined) throw new Error('The picture process cannot be started')
    // The timer of what is awaited keeps this process alive; a process that waits for work does not.
    started.unref()
    started.channel?.unref()
    started.once('exit', () => {
      if (child === started) child = undefined
    })
    child = started
    return started
  }

  function stop(): void {
    child?.kill('SIGKILL')
    child = undefined
  }

  return {
    async render(order) {
      if (ended) throw new Error('The picture process was ended')
      clearTimeout(idling)
      let current = child ?? start()
      let said = await exchange(current, order, timeoutMs)
      if (!said.begun && !ended) {
        // It died while it waited, and nothing told of it yet.
        current = start()
        said = await exchange(current, order, timeoutMs)
      }
      if (ended) throw new Error('The picture process was ended')
      if (!said.begun) throw new Error('The picture process did not start')
      if (said.answer === undefined) {
        const { exitCode, signalCode: signal } = current
        log.warn({ exitCode, signal }, 'The picture process ended over a picture, which is refused')
      }
      idling = setTimeout(stop, idleMs).unref()
      return pictureIn(said.answer, order.use)
    },
    async end() {
      ended = true
      clearTimeout(idling)
      if (child === undefined) return
      child.ref()
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** What became of an order. */
interface Said {
  /** Whether the process began with it: only then can the picture be the reason that there is no answer. */
  readonly begun: boolean
  /** There is none when the process ended. */
  readonly answer: PictureAnswer | undefined
}

/** Gives the process an order and waits for its answer, or its end, which comes at the latest with its time. */
function exchange(child: ChildProcess, order: PictureOrder, timeoutMs: number): Promise<Said> {
  return new Promise((resolve) => {
    const killAfter = (ms: number) => setTimeout(() => child.kill('SIGKILL'), ms)
    let begun = false
    let killer = killAfter(startTimeoutMs)
    const settle = (answer: PictureAnswer | undefined) => {
      clearTimeout(killer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve({ begun, answer })
    }
    const onMessage = (message: unknown) => {
      if (message !== 'begun') return settle(message as PictureAnswer)
      begun = true
      clearTimeout(killer)
      killer = killAfter(timeoutMs)
    }
    const onExit = () => settle(undefined)
    child.on('message', onMessage)
    child.on('exit', onExit)
    // That it cannot be sent is told by the process's end.
    child.send(order, () => {})
  })
}

/** The picture of an answer, if it is what was asked for: a decoder that was taken over could say anything. */
export function pictureIn(answer: PictureAnswer | undefined, use: PictureUse): RenderedPicture | undefined {
  const picture = answer?.picture
  if (picture === undefined) return undefined
  const expected = variants[use]
  const isWhole = Object.keys(picture).length === expected.length && expected.every((name) => isWebp(picture[name]))
  return isWhole ? picture : undefined
}

function isWebp(file: unknown): boolean {
  return Buffer.isBuffer(file) && /^RIFF.{4}WEBP/s.test(file.toString('latin1', 0, 12))
}
