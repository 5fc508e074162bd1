/**
 * The picture process: makes one picture after the other for the process that started it, and ends with that one. It is given
 * no setting and no key, and yields its core to whoever asks for it.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { PictureUse } from '../../core/ports.ts'
import { type RenderedPicture, type RenderLimits, renderPicture } from './render.ts'

export interface PictureOrder extends RenderLimits {
  readonly upload: Buffer
  readonly use: PictureUse
}

/** What the process says to an order, after it said `begun`. Undefined for what is refused. */
export interface PictureAnswer {
  readonly picture: RenderedPicture | undefined
}

/** A tenth of what an ordinary process gets when all want the same core; with less, a busy machine would time pictures out. */
const niceness = 10

/** Linux keeps the priority of each thread by itself, and those that were there before keep theirs. */
function yieldToOthers(): void {
  const threads = existsSync('/proc/self/task') ? readdirSync('/proc/self/task').map(Number) : [process.pid]
  for (const thread of threads) setPriority(thread, niceness)
}

/** Where Linux runs out of memory, this process is ended and none that has anything to lose. */
function goFirst(): void {
  if (existsSync('/proc/self/oom_score_adj')) writeFileSync('/proc/self/oom_score_adj', '1000')
}

function say(message: 'begun' | PictureAnswer): void {
  process.send?.(message)
}

yieldToOthers()
goFirst()
process.on('message', async ({ upload, use, maxPixels }: PictureOrder) => {
  say('begun')
  say({ picture: await renderPicture(upload, use, { maxPixels }) })
  globalThis.gc?.()
})
// Not by an exit, which would wait for a decoder that may never come back.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
