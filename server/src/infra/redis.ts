import { Redis } from 'ioredis'
import type { Log } from '../core/ports.ts'

/** A Redis that stops answering is left after so long, and tried again; commands meanwhile fail at once. */
const silenceMs = 500
const connectMs = 2_000
const longestPauseMs = 1_000

const options = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  socketTimeout: silenceMs,
  connectTimeout: connectMs,
} as const

export interface OpenRedis {
  /** Fails commands at once while its `status` is not `ready`. Undefined when there is no URL. */
  readonly client: Redis | undefined
  close(): Promise<void>
}

/**
 * Connects in the background, and again for ever whenever the connection is lost: nothing waits for it. That it cannot
 * be used is logged once, and so is that it is back; never the address, which may hold a password.
 */
export function openRedis(url: string | undefined, log: Log): OpenRedis {
  if (url === undefined) return { client: undefined, close: async () => {} }
  let lost = false
  const note = (error: Error) => {
    const fields = { reason: reasonOf(error) }
    if (!lost) log.warn(fields, 'Redis cannot be used; each node counts requests for itself meanwhile')
    lost = true
  }
  const client = new Redis(url, {
    ...options,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), longestPauseMs),
    // Called for each command that is refused, as on a replica: the limiter keeps that to itself.
    reconnectOnError(error) {
      // The client sends the script itself then.
      if (!error.message.startsWith('NOSCRIPT')) note(error)
      return false
    },
  })
  client.on('error', note)
  client.on('ready', () => {
    if (lost) log.info({}, 'Redis is back; requests are counted together again')
    lost = false
  })
  return {
    client,
    async close() {
      client.disconnect()
    },
  }
}

/** Why requests cannot be counted in a Redis, in words that repeat no secret; undefined when they can. */
export async function findRedisTrouble(url: string): Promise<string | undefined> {
  const client = new Redis(url, { ...options, lazyConnect: true, retryStrategy: null })
  let reason: string | undefined
  client.on('error', (error: Error) => {
    reason ??= reasonOf(error)
  })
  try {
    await client.connect()
    await client.eval("return redis.call('set', KEYS[1], 0, 'EX', 1)", 1, 'facet:doctor')
    return undefined
  } catch (error) {
    return reason ?? reasonOf(error as Error)
  } finally {
    client.disconnect()
  }
}

/**
 * The message alone: the client's errors carry the command that failed, and with AUTH that is the password. Servers
 * repeat the arguments of a command that they do not know.
 */
function reasonOf(error: Error & { readonly code?: string }): string {
  return error.message.replace(/,? with args beginning.*$/s, '') || (error.code ?? error.name)
}
