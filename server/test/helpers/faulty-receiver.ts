import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

/** What a receiver may do wrong with a message. */
export const faults = {
  /** Answers 500. */
  refuses: 'refuses',
  /** Resets the connection before it has read the message. */
  cuts: 'cuts',
  /** Reads the message and resets the connection. */
  drops: 'drops',
  /** Reads the message and answers nothing, for a minute or until the sender has gone. */
  hangs: 'hangs',
  /** Accepts the message when its sender has, or has just not, given up. */
  dawdles: 'dawdles',
  /** Takes the message up and resets the connection, so that it comes a second time. */
  forgets: 'forgets',
} as const
export type Fault = keyof typeof faults
const allFaults = Object.keys(faults) as Fault[]

/** An event at the receiver. Times are places in the one order of everything that happened there. */
export interface Told {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly profileId: string
  /** When a message of it was there first, whole and with a valid signature. */
  readonly firstArrival: number
  /**
   * When the first status of success for it was about to be written: before Facet can have read one, and so before any
   * message that Facet sends because it has.
   */
  firstAccepted: number | undefined
}

export interface FaultyReceiver {
  readonly host: string
  /** By the event's id. */
  readonly told: ReadonlyMap<string, Told>
  /** What was wrong with a message: its signature or form. */
  readonly mistakes: readonly string[]
  /** How often each fault was made. */
  readonly faultsMade: ReadonlyMap<Fault, number>
  readonly requests: number
  /** Requests that are not answered yet. */
  readonly underWay: number
  /** Distinct events that were accepted. */
  readonly accepted: number
  /** Who sent the latest message: its header `x-keeper`. */
  readonly latestKeeper: string | undefined
  /** Resolves once `predicate` holds; looked at whenever something happens here. Rejects when it takes far too long. */
  until(predicate: () => boolean): Promise<void>
  close(): Promise<void>
}

export interface FaultyReceiverOptions {
  /** The share of messages that meet a fault. */
  readonly share: number
  /** The sender's time-out: about when to answer what is answered late. */
  readonly timeoutMs: number
  /** Answers of success take this long, so that there is always something under way. */
  readonly workMs?: number
}

const hangMs = 60_000
const patienceMs = 30_000

/** Opens a receiver of Standard Webhooks on a free loopback port. `secret` is asked for with each message. */
export async function openFaultyReceiver(
  secret: () => string,
  { share, timeoutMs, workMs = 0 }: FaultyReceiverOptions,
): Promise<FaultyReceiver> {
  const book = createBook(secret)
  const mistakes: string[] = []
  const faultsMade = new Map<Fault, number>()
  const { until, changed } = createWatchers()
  const state = { requests: 0, underWay: 0, latestKeeper: undefined as string | undefined }
  const lateMs = () => timeoutMs * (0.8 + Math.random() * 0.4)
  const delays = { hangs: () => hangMs, dawdles: lateMs, none: () => workMs }

  async function answer(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const reset = () => request.socket.resetAndDestroy()
    if (fault === 'cuts') return void reset()
    const event = book.arrive(request.headers as Record<string, string>, (await buffer(request)).toString())
    if (fault === 'drops' || fault === 'forgets') return void reset()
    if (fault === 'refuses') return void response.writeHead(500).end('not now')
    const timer = setTimeout(() => {
      if (response.destroyed) return
      book.accept(event)
      response.writeHead(204).end()
      changed()
    }, delays[fault ?? 'none']())
    response.once('close', () => clearTimeout(timer))
  }

  const server = createServer((request, response) => {
    const fault = Math.random() < share ? allFaults[Math.floor(Math.random() * allFaults.length)] : undefined
    if (fault !== undefined) faultsMade.set(fault, (faultsMade.get(fault) ?? 0) + 1)
    state.requests++
    state.underWay++
    state.latestKeeper = request.headers['x-keeper'] as string | undefined
    request.on('error', () => {})
    response.once('close', () => {
      state.underWay--
      changed()
    })
    answer(request, response, fault)
      // A sender that was killed in the midst of a message has made no mistake.
      .catch((error: NodeJS.ErrnoException) => error.code === 'ECONNRESET' || mistakes.push(String(error)))
      .finally(changed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...{ host: `127.0.0.1:${(server.address() as AddressInfo).port}`, told: book.told, mistakes, faultsMade, until },
    get requests() {
      return state.requests
    },
    get underWay() {
      return state.underWay
    },
    get accepted() {
      return book.accepted
    },
    get latestKeeper() {
      return state.latestKeeper
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What came and what was accepted, in the order in which it happened. */
function createBook(secret: () => string) {
  const told = new Map<string, Told>()
  let place = 0
  let accepted = 0
  return {
    told,
    get accepted() {
      return accepted
    },
    /** Takes a message down. Throws when its signature or form is wrong. */
    arrive(headers: Record<string, string>, body: string): Told {
      new Webhook(secret()).verify(body, headers)
      const { id, sequence, type, profileId } = JSON.parse(body)
      if (id !== headers['webhook-id']) throw new Error(`${id} came under another id`)
      const event = told.get(id) ?? { id, sequence, type, profileId, firstArrival: ++place, firstAccepted: undefined }
      told.set(id, event)
      return event
    },
    accept(event: Told): void {
      if (event.firstAccepted !== undefined) return
      event.firstAccepted = ++place
      accepted++
    },
  }
}

function createWatchers() {
  const watchers = new Set<() => void>()
  return {
    changed() {
      for (const watcher of [...watchers]) watcher()
    },
    until(predicate: () => boolean): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const watcher = () => {
        if (!predicate()) return
        watchers.delete(watcher)
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        watchers.delete(watcher)
        reject(new Error(`In ${patienceMs} ms it did not come to this: ${predicate}`))
      }, patienceMs)
      watchers.add(watcher)
      watcher()
      return promise
    },
  }
}

/**
 * Where the order of a profile was broken: an event that was there before an earlier one of its profile was accepted.
 * Later messages of events that were accepted before are no breach: they are what "at least once" means.
 */
export function breachesOfOrder(told: Iterable<Told>): string[] {
  const latest = new Map<string, Told>()
  const breaches: string[] = []
  for (const event of [...told].toSorted((a, b) => a.sequence - b.sequence)) {
    const before = latest.get(event.profileId)
    if (before !== undefined && (before.firstAccepted ?? Number.POSITIVE_INFINITY) > event.firstArrival) {
      breaches.push(`${event.sequence} was there before ${before.sequence} was accepted`)
    }
    latest.set(event.profileId, event)
  }
  return breaches
}
