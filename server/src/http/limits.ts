import type { ServerConfig } from '../config.ts'
import type { Services } from './dialect.ts'
import { createRateLimit } from './rate-limit.ts'
import { createUploadPlaces, type UploadQueue } from './upload-places.ts'
import { createWindowLimits, type RateStore } from './window-limits.ts'

/** Requests a minute without a valid key from one address: enough for a mistake, too few for a search. */
const anonymousPerMinute = 600

interface UploadQueues {
  readonly all: UploadQueue
  /** Makes the queue of one person. */
  readonly ofOne: () => UploadQueue
}

type Limits = Pick<Services, 'keyLimit' | 'addressLimit' | 'windowLimits' | 'uploads' | 'maxPictureBytes'>

/** What bounds what comes from outside. */
export function createLimits(
  config: ServerConfig,
  { rateStore, uploadQueues }: { readonly rateStore: RateStore | undefined; readonly uploadQueues: UploadQueues },
): Limits {
  return {
    keyLimit: createRateLimit('api-key', config.rateLimitPerMinute),
    addressLimit: createRateLimit('address', anonymousPerMinute),
    windowLimits: createWindowLimits(rateStore),
    uploads: createUploadPlaces(uploadQueues.all, uploadQueues.ofOne),
    maxPictureBytes: config.pictureMaxBytes,
  }
}
