import { inflateSync } from 'node:zlib'
import { type PngChunk, pngChunksOf } from './containers.ts'

/** Of one chunk and of all together. The decoder allows as much for each; a colour profile of a printer has a third of it. */
const mostBytes = 8 * 1024 * 1024
/** A picture has a profile and a few texts. */
const mostChunks = 100

/** Whether a PNG has compressed texts or profiles that are larger, or more, than any picture's. */
export function inflatesTooFar(png: Buffer): boolean {
  let left = mostBytes
  let chunks = 0
  for (const chunk of pngChunksOf(png)) {
    const stream = compressedIn(chunk)
    if (stream === undefined) continue
    chunks++
    left -= inflatedLength(stream, left)
    if (left < 0 || chunks > mostChunks) return true
  }
  return false
}

/** What a chunk holds compressed (PNG, third edition, 11.3.2.3 and 11.3.3). Its keyword ends with a zero. */
function compressedIn({ name, data }: PngChunk): Buffer | undefined {
  const keyword = data.indexOf(0)
  if (name === 'iCCP' || name === 'zTXt') return data.subarray(keyword + 2)
  if (name !== 'iTXt' || data[keyword + 1] !== 1) return undefined
  const language = data.indexOf(0, keyword + 3)
  return data.subarray(data.indexOf(0, language + 1) + 1)
}

/** One more than `most` when it is larger; nothing for what is broken, which the decoder judges. */
function inflatedLength(stream: Buffer, most: number): number {
  try {
    return inflateSync(stream, { maxOutputLength: most + 1 }).length
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? most + 1 : 0
  }
}
