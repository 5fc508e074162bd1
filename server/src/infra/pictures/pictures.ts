import type { Config } from '../../config.ts'
import type { Log, Pictures } from '../../core/ports.ts'
import { createBoundedQueue, type QueueBounds, shareOf, spareCores } from '../bounded-queue.ts'
import { createPictureProcess, type PictureProcess } from './picture-process.ts'

/** Pictures that hold processes while there are pictures to make. */
export interface OpenPictures extends Pictures {
  /** Ends the processes. What is being made, and what is asked for afterwards, fails. */
  close(): Promise<void>
}

/** What a picture takes until one was measured. */
const guessedMs = 600
/** What too many uploads are told, and what one takes until one was measured. */
const exhausted = { fault: 'pictures_exhausted', guessedMs: 2 * guessedMs } as const
/** A few seconds' worth, and few because each holds its file in memory. */
const waitingPerLane = 16
/** An installation whose people upload nothing pays no memory: a process holds 100 MB. */
const idleMs = 60_000

/** Makes pictures in processes of their own, each one picture at a time; see render.ts for what is made of which files. */
export function createPictures(
  {
    pictureMaxBytes,
    pictureMaxPixels: maxPixels,
    pictureTimeoutSeconds,
    workers,
  }: Pick<Config, 'pictureMaxBytes' | 'pictureMaxPixels' | 'pictureTimeoutSeconds' | 'workers'>,
  log: Log,
  bounds: QueueBounds & { readonly idleMs: number } = {
    width: shareOf(spareCores, workers),
    longest: waitingPerLane * shareOf(spareCores, workers),
    idleMs,
  },
): OpenPictures {
  const queue = createBoundedQueue({ ...bounds, fault: 'pictures_exhausted', guessedMs })
  const processes: PictureProcess[] = []
  const free: PictureProcess[] = []
  const add = () => {
    const made = createPictureProcess({ timeoutMs: pictureTimeoutSeconds * 1_000, idleMs: bounds.idleMs, log })
    processes.push(made)
    return made
  }
  return {
    async render(upload, use) {
      if (upload.length > pictureMaxBytes) return undefined
      return queue.run(async () => {
        const process = free.pop() ?? add()
        try {
          return await process.render({ upload, use, maxPixels })
        } finally {
          free.push(process)
        }
      })
    },
    async close() {
      await Promise.all(processes.map((process) => process.end()))
    },
  }
}

/** How many uploads wait behind those of the same person, and behind everybody's. */
const [waitingOfOne, waitingOfAll] = [60, 500]

/**
 * The queues of uploads. As many at once are held in memory, from the reading of their bodies on, as keep the processes busy: each makes
 * two pictures. Of one person there are two, who then cannot keep the others from their turn, however slowly their bodies come. The
 * others wait with their bodies unread, which costs next to nothing. Each of so many processes has its share.
 */
export function createUploadQueues(processes: number) {
  const width = (waitingPerLane / 2) * shareOf(spareCores, processes)
  return {
    all: createBoundedQueue({ width, longest: shareOf(waitingOfAll, processes), ...exhausted }),
    ofOne: () => createBoundedQueue({ width: 2, longest: waitingOfOne, ...exhausted }),
  }
}
