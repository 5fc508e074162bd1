import type { AppJobCtx, JobCtx } from '../context.ts'
import type { EventType } from '../event-types.ts'
import { findLatestEvents, readFeed } from '../feed/feed.service.ts'
import { newId } from '../ids.ts'
import { getApp, listApps } from '../organizations/organizations.service.ts'
import type { App } from '../organizations/organizations.types.ts'
import type { Jobs } from '../ports.ts'
import type { FeedEvent } from '../stored-events.ts'
import { inTx } from '../transactions.ts'
import { deleteEagerReading, insertEagerReading, lockEagerReading, moveEagerReading } from './eager-wallets.queries.ts'
import { enqueueMaking } from './wallet-requests.service.ts'
import { requestWorkflows } from './workflows.queries.ts'

// Wallets that are made with every profile. The profile's event is what asks for them, so that a create pays nothing for it: the
// worker reads the feed, a part at a time, and writes down what is wanted with how far it read.

const readAtOnce = 200

/** The networks on which every new profile of the app gets a wallet. */
export function eagerNetworksOf({ settings: { wallets } }: Pick<App, 'settings'>): readonly string[] {
  return wallets.withProfile.filter((alias) => wallets.networks.includes(alias))
}

/**
 * Lets wallets on these networks be made for some of the profiles that came since the last time, from the moment on at which the app's
 * settings asked for it. Whether there are more.
 */
export function requestEagerWallets(job: AppJobCtx, networks: readonly string[]): Promise<boolean> {
  return inTx({ ...job, now: new Date() }, (tx) => requestNext(tx, networks))
}

/** Ends the reading of the feed of an app that does not ask for it any more. */
export function endEagerWallets(job: AppJobCtx): Promise<void> {
  return deleteEagerReading(job)
}

/** False when all was read. */
async function requestNext(tx: AppJobCtx, networks: readonly string[]): Promise<boolean> {
  const after = (await lockEagerReading(tx)) ?? (await beginReading(tx))
  const types = ['profile.created'] as const
  const { events, nextAfter, more } = await readFeed(tx, tx.appId, { after, types, limit: readAtOnce })
  const wanted = events.flatMap(({ subjectId: profileId, actor, requestId }) =>
    networks.map((network) => ({ id: newId(), profileId, network, withAddress: true, actor, requestId })),
  )
  if (wanted.length > 0) await requestWorkflows(tx, wanted)
  if (nextAfter > after) await moveEagerReading(tx, nextAfter)
  return more
}

async function beginReading(tx: AppJobCtx): Promise<number> {
  const { events, lastSequence } = await findLatestEvents(tx, tx.appId, 'app.updated', 100)
  const switchedOn = events.find(switchesOn)
  await insertEagerReading(tx, switchedOn?.sequence ?? lastSequence)
  return (await lockEagerReading(tx)) ?? lastSequence
}

/** Whether the change of an app is the one since which profiles get wallets. */
function switchesOn({ data }: FeedEvent): boolean {
  const { before, after } = JSON.parse(data) as Record<'before' | 'after', Partial<Pick<App, 'settings'>>>
  const asks = ({ settings }: Partial<Pick<App, 'settings'>>) =>
    // One that was written by an older version knows no wallets.
    settings?.wallets !== undefined && eagerNetworksOf({ settings }).length > 0
  return asks(after) && !asks(before)
}

/** Has the worker look for profiles that want wallets, when events of these types were numbered and any might. */
export async function noticeEvents(
  ctx: JobCtx & { readonly jobs: Jobs },
  appId: string,
  types: readonly EventType[],
): Promise<void> {
  // A change of the app may end the wish too.
  const changed = types.includes('app.updated')
  const grown = types.includes('profile.created') && eagerNetworksOf(await getApp(ctx, appId)).length > 0
  if (changed || grown) await enqueueMaking(ctx, appId)
}

/** The apps whose profiles get wallets with them: their feeds are looked at also when nobody told of an event. */
export async function listEagerApps(ctx: JobCtx): Promise<string[]> {
  return (await listApps(ctx)).filter((app) => eagerNetworksOf(app).length > 0).map(({ id }) => id)
}
