import { DatabaseError, type Db } from './db.ts'
import { DomainFault } from './errors.ts'

/** Where a statement is sent: nothing is gathered over the bounds of a database or an app. */
export interface InApp {
  readonly db: Db
  readonly appId: string
}

/** Work that many ask for at once, and that costs little more for several than for one. */
export interface Gathering<T, R> {
  /** Does the work of all in one statement; gives the result of each, in their order. */
  readonly together: (ctx: InApp, items: readonly T[]) => Promise<readonly R[]>
  /** The most items of a statement. */
  readonly mostItems: number
  /** What an item takes of the bytes of a statement. */
  readonly bytesOf: (item: T) => number
  /** The most bytes of a statement; one item goes in any case. */
  readonly mostBytes: number
}

/** The bounds of reads that find at most one row for each item. */
export const readBounds = {
  mostItems: 64,
  mostBytes: 65_536,
} as const

interface Waiting<T, R> {
  readonly item: T
  readonly since: number
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

/** A statement that takes longer waits for somebody else, and those that came meanwhile wait for it no longer. */
const slowMs = 100
/** So many slow ones are left alone. */
const mostSlow = 3
/** As long as for a connection: who has waited for so long was not asked for, and hears so. */
const mostWaitingMs = 5_000
/** So many of an app may wait. */
const mostWaiting = 1_000
/** What a statement held that was undone is repeated so many at a time: each may wait, and needs a connection. */
const repeatedAtOnce = 4

/**
 * Makes the function that does such work for one caller. While a statement for an app is under way, what others ask gathers and goes out
 * as the next one; so it waits for no clock, and whoever asks alone waits for nobody. Several under way at once would be smaller, and cost
 * more than they gain (docs/adr/0032). Each caller gets its own result after the statement, which is its own transaction, has ended. A
 * statement that PostgreSQL refuses is undone and repeated item by item, so that an item harms no other. In a transaction of
 * the caller's nothing is gathered. Two who ask for the same may get the same object. Throws `database_unavailable` for what has waited
 * too long, or with too many others, and was not asked for.
 */
export function gathered<T, R>(gathering: Gathering<T, R>): (ctx: InApp, item: T) => Promise<R> {
  const databases = new WeakMap<Db, Map<string, Queue<T, R>>>()

  function queueOf({ db, appId }: InApp): Queue<T, R> {
    const queues = databases.get(db) ?? new Map<string, Queue<T, R>>()
    databases.set(db, queues)
    const queue = queues.get(appId) ?? createQueue(gathering, { db, appId }, () => queues.delete(appId))
    queues.set(appId, queue)
    return queue
  }

  return (ctx, item) => (ctx.db.inTransaction ? doAlone(gathering, ctx, item) : queueOf(ctx)(item))
}

type Queue<T, R> = (item: T) => Promise<R>

/** What waits for one app. `onIdle` is called when nothing waits and nothing is under way: it may be forgotten. */
function createQueue<T, R>(gathering: Gathering<T, R>, ctx: InApp, onIdle: () => void): Queue<T, R> {
  const waiting: Waiting<T, R>[] = []
  let slow = 0
  /** A statement is under way, or is about to be. */
  let busy = false

  function begin(): void {
    busy = waiting.length > 0
    if (busy) void run(waiting.splice(0, countOf(gathering, waiting)))
    else if (slow === 0) onIdle()
  }

  async function run(batch: readonly Waiting<T, R>[]): Promise<void> {
    let leftAlone = false
    const timer = setInterval(() => {
      refuseOld()
      if (leftAlone || slow === mostSlow) return
      slow++
      leftAlone = true
      begin()
    }, slowMs)
    const answer = await doTogether(gathering, ctx, batch)
    clearInterval(timer)
    if (leftAlone) slow--
    // The next statement goes before these are answered.
    if (!leftAlone || !busy) begin()
    answer()
  }

  function refuseOld(): void {
    const oldest = performance.now() - mostWaitingMs
    const young = waiting.findIndex(({ since }) => since > oldest)
    for (const { reject } of waiting.splice(0, young === -1 ? waiting.length : young)) reject(notAsked())
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting) return reject(notAsked())
      waiting.push({ item, since: performance.now(), resolve, reject })
      if (busy) return
      busy = true
      // Once the requests of this moment have been read: they may go together.
      setImmediate(begin)
    })
}

function notAsked(): DomainFault {
  return new DomainFault({ code: 'database_unavailable' })
}

/** How many of those that wait the next statement takes. */
function countOf<T, R>({ mostItems, bytesOf, mostBytes }: Gathering<T, R>, waiting: readonly Waiting<T, R>[]): number {
  let bytes = 0
  const over = waiting.findIndex(({ item }, index) => {
    bytes += bytesOf(item)
    return index === mostItems || (index > 0 && bytes > mostBytes)
  })
  return over === -1 ? waiting.length : over
}

/** Never rejects. Gives the function that tells each of the batch its own. */
async function doTogether<T, R>(
  gathering: Gathering<T, R>,
  ctx: InApp,
  batch: readonly Waiting<T, R>[],
): Promise<() => void> {
  try {
    const items = batch.map(({ item }) => item)
    const results = await gathering.together(ctx, items)
    return () => {
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R)
    }
  } catch (error) {
    if (batch.length > 1 && isUndone(error)) {
      await repeat(gathering, ctx, batch)
      return () => {}
    }
    return () => {
      for (const { reject } of batch) reject(error)
    }
  }
}

/** Each of them alone, and told at once. */
async function repeat<T, R>(gathering: Gathering<T, R>, ctx: InApp, batch: readonly Waiting<T, R>[]): Promise<void> {
  const left = [...batch]
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await doAlone(gathering, ctx, next.item).then(next.resolve, next.reject)
    }
  }
  await Promise.all(Array.from({ length: repeatedAtOnce }, work))
}

/**
 * Whether the statement certainly did nothing, and may do something for each alone. Other errors do not tell; one that took too long
 * (`query_too_slow`) would again.
 */
function isUndone(error: unknown): boolean {
  return error instanceof DatabaseError || (error instanceof DomainFault && error.fault.code === 'change_blocked')
}

async function doAlone<T, R>({ together }: Gathering<T, R>, ctx: InApp, item: T): Promise<R> {
  const [result] = await together(ctx, [item])
  return result as R
}
