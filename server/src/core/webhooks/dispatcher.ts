import { setTimeout as wait } from 'node:timers/promises'
import type { JobCtx } from '../context.ts'
import { DatabaseError } from '../db.ts'
import { DomainFault } from '../errors.ts'
import { attempt, type DispatcherCtx } from './attempt.ts'
import { beginTerm, type DueDelivery, selectAppsWithWork, selectDue, type Term } from './dispatcher.queries.ts'
import { insertDeliveries } from './fan-out.queries.ts'
import { countOutcome, noteHealth } from './health.ts'
import { freeStranded, type Result, recoverFailed, writeResults } from './journal.queries.ts'
import {
  createLane,
  type Lane,
  limitsOf,
  nextAt,
  renewLane,
  roomsOf,
  startNext,
  takeReady,
  wantsMore,
} from './lanes.ts'
import type { SigningSecret } from './signatures.rules.ts'
import { type LiveEndpoint, secretPurpose, selectLiveEndpoints, webhooksChannel } from './webhooks.queries.ts'

export { webhooksChannel }

/** What has happened since the last turn. */
export interface News {
  /** Events were numbered. */
  readonly events: boolean
  /** Endpoints were changed, or somebody asked for a resend or a recovery. */
  readonly endpoints: boolean
}

/** What a turn leaves behind. */
export interface Turn {
  /** When the next one is due if nothing happens before, in milliseconds since 1970. */
  readonly nextAt: number
  /** Whether it wrote an event of its own, which is still to be numbered. */
  readonly recorded: boolean
}

/**
 * Delivers one app's events. It must be the only one that does so for the app: it alone makes deliveries, decides which
 * are held behind which, and writes down what became of them. Everything it knows is in the database, so that another
 * one can go on after it; what was under way is then sent again.
 */
export interface Dispatcher {
  turn(news: News): Promise<Turn>
  /** How many deliveries are under way or not written down. */
  readonly underWay: number
  /** Starts nothing more; resolves when what was under way has ended and is written down. */
  stop(): Promise<void>
}

const resultsAtOnce = 500
const unwritable = 'The answer could not be written down'
/** While a process ends, the database may be away for so long. */
const insistTimes = 15
const insistPauseMs = 200

/** What a dispatcher works on. */
interface Work {
  readonly ctx: DispatcherCtx
  readonly appId: string
  readonly lanes: Map<string, Lane>
  /** Results that are not written down. */
  results: Result[]
  /** Begun by the first turn. */
  term: Term | undefined
  recovering: boolean
  stopped: boolean
}

/** Makes the dispatcher of one app. `onResult` is called when there is something for the next turn to write down. */
export function createDispatcher(ctx: DispatcherCtx, appId: string, onResult: () => void): Dispatcher {
  const work: Work = {
    ctx,
    appId,
    lanes: new Map(),
    results: [],
    term: undefined,
    recovering: false,
    stopped: false,
  }
  const posts = new Set<Promise<void>>()

  async function send(lane: Lane, delivery: DueDelivery): Promise<void> {
    const outcome = await attempt(ctx, appId, lane, delivery)
    // What was broken off by our own end says nothing of the receiver, and is sent again by whoever goes on.
    if (work.stopped && outcome.result.status === null) return
    countOutcome(lane, outcome, ctx.schedule.disableAfterMs)
    work.results.push(outcome.result)
    onResult()
  }

  function start(): void {
    const limits = limitsOf(work.lanes.size)
    for (const lane of work.lanes.values()) {
      for (let next = startNext(lane, limits); next !== undefined; next = startNext(lane, limits)) {
        const post = send(lane, next).finally(() => posts.delete(post))
        posts.add(post)
      }
    }
  }

  return {
    async turn(news) {
      const isFirst = work.term === undefined
      work.term ??= await takeOver(ctx, appId)
      await writeDown(work, work.term)
      const recorded = await noteHealth(ctx, appId, work.lanes.values())
      if (news.endpoints || recorded || isFirst) await reload(work)
      if (news.events || news.endpoints) for (const lane of work.lanes.values()) lane.behind = true
      if (work.recovering) await recover(work, work.term)
      // What is due was there before what is new; the other way round, a steady feed would leave no room for it.
      await loadDue(work)
      await makeDeliveries(work, work.term)
      if (!work.stopped) start()
      return { nextAt: work.recovering ? 0 : nextAt(work.lanes.values(), limitsOf(work.lanes.size)), recorded }
    },
    get underWay() {
      return posts.size + work.results.length
    },
    async stop() {
      work.stopped = true
      await Promise.all(posts)
      const { term } = work
      if (term !== undefined) await insist(() => writeDown(work, term))
    },
  }
}

async function takeOver(ctx: DispatcherCtx, appId: string): Promise<Term> {
  const term = await beginTerm(ctx, appId)
  const freed = await freeStranded(ctx, term, new Date())
  if (freed > 0) ctx.log.error({ appId, freed }, 'Deliveries were held behind nothing')
  return term
}

/** Tries again what the database did not take: a process that ends has no later turn. */
async function insist(write: () => Promise<void>): Promise<void> {
  for (let left = insistTimes; ; left--) {
    try {
      return await write()
    } catch (error) {
      if (left === 0 || !(error instanceof DomainFault)) throw error
      await wait(insistPauseMs)
    }
  }
}

/**
 * Writes results together, or one by one when the database refuses them: a result that it does not take must not hold up
 * those of others, and its own delivery goes on without what was refused.
 */
async function writeEach(ctx: DispatcherCtx, term: Term, results: readonly Result[]): Promise<DueDelivery[]> {
  try {
    return await writeResults(ctx, term, results, new Date())
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const [only] = results
    if (results.length > 1) {
      const promoted: DueDelivery[] = []
      for (const result of results) promoted.push(...(await writeEach(ctx, term, [result])))
      return promoted
    }
    if (only === undefined || only.error === unwritable) throw error
    ctx.log.error({ err: error, appId: term.appId }, 'The log of an attempt was refused by the database')
    return writeEach(ctx, term, [{ ...only, status: null, error: unwritable, headers: null, body: null }])
  }
}

/** What is in memory of lanes. */
function takenBy(lanes: Iterable<Lane>): DueDelivery[] {
  return [...lanes].flatMap((lane) => [...lane.ready, ...lane.underWay.values()])
}

async function writeDown(work: Work, term: Term): Promise<void> {
  const { ctx, lanes } = work
  while (work.results.length > 0) {
    const part = work.results.slice(0, resultsAtOnce)
    const promoted = await writeEach(ctx, term, part)
    // Only now: a slot is free once its result cannot be lost.
    work.results = work.results.slice(part.length)
    for (const { delivery, dueAt } of part) {
      const lane = lanes.get(delivery.endpointId)
      lane?.underWay.delete(delivery.sequence)
      if (lane !== undefined && dueAt !== null) lane.nextDueAt = Math.min(lane.nextDueAt, dueAt.getTime())
    }
    takeReady(lanes, promoted)
  }
}

/** Reads the endpoints anew, and looks up again what is due for them. */
async function reload(work: Work): Promise<void> {
  const { ctx, appId, lanes } = work
  const endpoints = await selectLiveEndpoints(ctx, appId)
  for (const endpoint of endpoints) {
    const secrets = openSecrets(ctx, endpoint)
    const lane = lanes.get(endpoint.id)
    if (lane === undefined) lanes.set(endpoint.id, createLane(endpoint, secrets))
    else renewLane(lane, endpoint, secrets)
  }
  const present = new Set(endpoints.map(({ id }) => id))
  for (const id of lanes.keys()) if (!present.has(id)) lanes.delete(id)
  work.recovering = endpoints.some(({ recoverSince }) => recoverSince !== null)
}

async function recover(work: Work, term: Term): Promise<void> {
  work.recovering = (await recoverFailed(work.ctx, term, takenBy(work.lanes.values()), new Date())) > 0
  for (const lane of work.lanes.values()) lane.nextDueAt = 0
}

/** Makes deliveries of what is new in the feed, for the lanes that have room. */
async function makeDeliveries({ ctx, lanes }: Work, term: Term): Promise<void> {
  const limits = limitsOf(lanes.size)
  const asked = [...lanes.values()].filter((lane) => lane.behind && wantsMore(lane, limits))
  if (asked.length === 0) return
  const { behind, due } = await insertDeliveries(ctx, term, roomsOf(asked, limits), new Date())
  for (const lane of asked) lane.behind = behind.has(lane.endpoint.id)
  takeReady(lanes, due)
}

/** Takes deliveries whose time has come, for the lanes that have room. */
async function loadDue({ ctx, appId, lanes }: Work): Promise<void> {
  const now = new Date()
  const limits = limitsOf(lanes.size)
  const asked = [...lanes.values()].filter((lane) => lane.nextDueAt <= now.getTime() && wantsMore(lane, limits))
  if (asked.length === 0) return
  const { due, nextDueAt } = await selectDue(ctx, appId, roomsOf(asked, limits), takenBy(asked), now)
  for (const lane of asked) lane.nextDueAt = nextDueAt.get(lane.endpoint.id) ?? Number.POSITIVE_INFINITY
  takeReady(lanes, due)
}

/** The secrets of an endpoint. One that does not open is left out: without any, its deliveries fail and no others. */
function openSecrets({ webhookSealer, log }: DispatcherCtx, endpoint: LiveEndpoint): SigningSecret[] {
  return endpoint.secrets.flatMap(({ id, sealed, expiresAt }) => {
    try {
      return [{ id, secret: webhookSealer.open(secretPurpose, id, sealed).toString(), expiresAt }]
    } catch (error) {
      log.error({ err: error, endpointId: endpoint.id }, 'A webhook secret does not open')
      return []
    }
  })
}

/** The apps in which something waits to be delivered now. */
export function listAppsWithDeliveries(ctx: JobCtx): Promise<string[]> {
  return selectAppsWithWork(ctx, ctx.now)
}
