import type { ServerConfig } from '../config.ts'
import type { Siblings } from '../core/ports.ts'
import { createCounts, type RateStore } from './counts.ts'
import type { Services } from './dialect.ts'
import { createRateLimit } from './rate-limit.ts'
import { createUploadPlaces, type UploadQueue } from './upload-places.ts'
import { createWindowLimits } from './window-limits.ts'

/** Requests a minute without a valid key from one address: enough for a mistake, too few for a search. */
const anonymousPerMinute = 600

interface UploadQueues {
  readonly all: UploadQueue
  /** Makes the queue of one person. */
  readonly ofOne: () => UploadQueue
}

type Limits = Pick<Services, 'keyLimit' | 'addressLimit' | 'windowLimits' | 'uploads' | 'maxPictureBytes'>

interface LimitsOptions {
  readonly rateStore: RateStore | undefined
  readonly siblings: Siblings | undefined
  readonly uploadQueues: UploadQueues
}

/** What bounds what comes from outside. */
export function createLimits(config: ServerConfig, { rateStore, siblings, uploadQueues }: LimitsOptions): Limits {
  const counts = createCounts(siblings)
  return {
    keyLimit: createRateLimit('api-key', config.rateLimitPerMinute, counts),
    addressLimit: createRateLimit('address', anonymousPerMinute, counts),
    windowLimits: createWindowLimits(counts, rateStore),
    uploads: createUploadPlaces(uploadQueues.all, uploadQueues.ofOne),
    maxPictureBytes: config.pictureMaxBytes,
  }
}
