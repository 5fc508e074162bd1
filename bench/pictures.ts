import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { connectionsOfEach } from '../server/src/config/connections.ts'
import { readConfig } from '../server/src/config.ts'
import { spareCores } from '../server/src/infra/bounded-queue.ts'
import type { Cleanup } from './cleanup.ts'
import type { PictureOrder } from './contestants/picture-server.ts'
import { type Options, partRounds } from './options.ts'
import { measureBesideReads, readP99, readsPerSecond, startProfileServer } from './profile-server.ts'
import { median } from './quantiles.ts'
import type { Stage } from './stage.ts'
import { type Finding, nothingFound, verdict } from './verdict.ts'

/** What one round of the pictures' part found. */
export interface PictureRound {
  /** Crops with all their sizes. */
  readonly perSecond: number
  /** Of one, with as many at once as Facet makes. */
  readonly p50Ms: number
  /** Of reads at a steady rate, on the process that hands the pictures out. */
  readonly readP99Ms: number
  /** The same while every picture process is busy. */
  readonly besideP99Ms: number
}

const photoSize = { width: 4_000, height: 3_000 } as const
const wanted = { p50Ms: 1_500, p99Growth: 3 }

/** Measures how long a photo of 12 megapixels takes to become a crop in all sizes, and what that does to reads. */
export async function measurePictures(
  stage: Stage,
  options: Options,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<PictureRound[]> {
  const photo = join(stage.folder, 'photo.jpg')
  writeFileSync(photo, await makePhoto())
  const order: PictureOrder = {
    address: stage.database.address,
    connections: connectionsOfEach(readConfig({})),
    photo,
  }
  const server = await startProfileServer('picture-server.ts', order, cleanup)
  await readP99(server, options.seconds * 1_000)
  const rounds = partRounds(options)
  const found: PictureRound[] = []
  for (let round = 1; round <= rounds; round++) {
    const measured = await measureBesideReads(stage, server, spareCores, options)
    const { alone, readP99Ms, beside, besideP99Ms } = measured
    found.push({ perSecond: alone.perSecond, p50Ms: alone.p50Ms, readP99Ms, besideP99Ms })
    say(
      `${round}/${rounds}  pictures  ${alone.p50Ms.toFixed(0)} ms, ${alone.perSecond.toFixed(2)}/s  beside reads ${beside.p50Ms.toFixed(0)} ms  reads p99 ${readP99Ms.toFixed(1)} ms, beside pictures ${besideP99Ms.toFixed(1)} ms`,
    )
  }
  return found
}

/** What is to be said of pictures under the table. */
export function pictureFinding(rounds: readonly PictureRound[]): Finding {
  if (rounds.length === 0) return nothingFound
  const of = (read: (round: PictureRound) => number) => median(rounds.map(read))
  const [p50Ms, growth] = [of((r) => r.p50Ms), of((r) => r.besideP99Ms / r.readP99Ms)]
  const reached = p50Ms <= wanted.p50Ms && growth <= wanted.p99Growth
  return {
    notes: [
      `A JPEG of 12 megapixels becomes a crop and its four smaller sizes in ${Math.round(p50Ms)} ms, ${of((r) => r.perSecond).toFixed(1)} a second with ${spareCores} at once.`,
      `Reads of the process that hands them out at ${readsPerSecond} a second: p99 ${of((r) => r.readP99Ms).toFixed(1)} ms, and ${of((r) => r.besideP99Ms).toFixed(1)} ms while pictures are made all the time: ${growth.toFixed(1)} ×.`,
    ],
    verdicts: [
      verdict(
        'Pictures beside reads',
        `${Math.round(p50Ms)} ms, reads' p99 ${growth.toFixed(1)} ×`,
        `a picture in ${wanted.p50Ms} ms, reads' p99 within ${wanted.p99Growth} ×`,
        reached,
      ),
    ],
  }
}

/** Large forms under fine grain, so that it is about as hard to compress as what a camera makes: 3 MB. */
async function makePhoto(): Promise<Buffer> {
  const noise = (width: number, height: number, sigma: number) =>
    sharp({ create: { width, height, channels: 3, background: 'gray', noise: { type: 'gaussian', mean: 128, sigma } } })
  const { width, height } = photoSize
  const forms = await noise(Math.ceil(width / 64), Math.ceil(height / 64), 60)
    .png()
    .toBuffer()
  const grain = await noise(width, height, 40).blur(0.9).png({ compressionLevel: 1 }).toBuffer()
  const photo = sharp(
    await sharp(forms).resize(width, height, { kernel: 'cubic', fit: 'fill' }).png({ compressionLevel: 1 }).toBuffer(),
  )
  return photo
    .composite([{ input: grain, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toBuffer()
}
