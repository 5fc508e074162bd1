import { randomBytes } from 'node:crypto'
import { DomainFault } from '../errors.ts'
import { recordEvent } from '../events.ts'
import { newId } from '../ids.ts'
import type { Sealer } from '../ports.ts'
import { inTx } from '../transactions.ts'
import {
  holdCustodyKey,
  insertSeed,
  replaceSeed,
  selectAppsWithSeed,
  selectCustodyKeyId,
  selectOtherDataKeys,
  selectSeed,
  updateDataKey,
} from './custody.queries.ts'
import { dataKeyBytes, entropyBytes, openForm, sealForm, seedOf, wordsOf } from './custody.rules.ts'
import type { CustodyCtx, Rewrapping, SeedForm, StoredDataKey, StoredSeed } from './custody.types.ts'

// Bytes of secrets are cleared as soon as they were used. What cannot be: words, which are strings; numbers that a library of
// cryptography makes of bytes; and what a client of a distant key read of its connection.

const rewrappedAtOnce = 100

/**
 * Gives the app's seed of 64 bytes (BIP-39, without a passphrase) to `use`, and clears it when that is done: nothing may keep it. Makes
 * the seed when there is none. Not inside a transaction, since the custody key may be held elsewhere.
 */
export async function withSeed<T>(ctx: CustodyCtx, appId: string, use: (seed: Buffer) => T | Promise<T>): Promise<T> {
  const stored = await getOrMakeSeed(ctx, appId)
  const seed = await openStored(ctx, stored, 'seed')
  try {
    return await use(seed)
  } finally {
    seed.fill(0)
  }
}

/** The 24 words of the app's seed. That they were shown is an event before they are. Throws `seed_not_found`. */
export async function exportMnemonic(ctx: CustodyCtx, appId: string): Promise<string> {
  const stored = await getSeed(ctx, appId)
  const entropy = await openStored(ctx, stored, 'entropy')
  try {
    const data = { before: null, after: { id: stored.id } }
    await inTx(ctx, (tx) => recordEvent(tx, appId, { type: 'seed.exported', subjectId: appId, at: tx.now, data }))
    return wordsOf(entropy)
  } finally {
    entropy.fill(0)
  }
}

/** The ids of the apps that have a seed. */
export function listAppsWithSeed(ctx: CustodyCtx): Promise<string[]> {
  return selectAppsWithSeed(ctx)
}

/**
 * Wraps every data key that another custody key wraps with the one that the database says wraps now. One that does not open holds up no
 * other. Bears being repeated, broken off, and run beside readers and beside itself; when all opened, no other custody key is needed.
 */
export async function rewrapDataKeys(ctx: CustodyCtx): Promise<Rewrapping> {
  const unopened = new Map<string, Rewrapping['unopened'][number]>()
  for (let rewrapped = 0; ; ) {
    const present = await presentCustodyKeyId(ctx)
    const others = await selectOtherDataKeys(ctx, present, [...unopened.keys()], rewrappedAtOnce)
    if (others.length === 0) return { rewrapped, unopened: [...unopened.values()] }
    for (const dataKey of others) {
      const opened = await unwrapOrReason(ctx, dataKey)
      if (typeof opened === 'string') unopened.set(dataKey.dataKeyId, { appId: dataKey.appId, reason: opened })
      else if (await rewrap(ctx, dataKey, opened, present)) rewrapped++
    }
  }
}

/** Seals the app's seed anew, under a new data key, and forgets the old one. Throws `seed_not_found`. */
export async function renewDataKey(ctx: CustodyCtx, appId: string): Promise<void> {
  while (!(await renewOnce(ctx, await getSeed(ctx, appId)))) {
    ctx.log.debug({ appId }, 'The data key changed while it was being renewed')
  }
}

async function getSeed(ctx: CustodyCtx, appId: string): Promise<StoredSeed> {
  const stored = await selectSeed(ctx, appId)
  if (stored === undefined) throw new DomainFault({ code: 'seed_not_found' })
  return stored
}

async function getOrMakeSeed(ctx: CustodyCtx, appId: string): Promise<StoredSeed> {
  for (;;) {
    const stored = await selectSeed(ctx, appId)
    if (stored !== undefined) return stored
    await makeSeed(ctx, appId)
  }
}

/** Stores a new seed, unless another process was first or another custody key wraps since a moment ago. */
async function makeSeed(ctx: CustodyCtx, appId: string): Promise<void> {
  const entropy = randomBytes(entropyBytes)
  const seed = await seedOf(wordsOf(entropy), '')
  try {
    const id = newId()
    const stored = await sealSeed(ctx, { appId, id }, { entropy, seed })
    ctx.atStep?.('seed_drawn')
    const isStored = await inTx(ctx, async (tx) => {
      if (!(await holdCustodyKey(tx, stored.custodyKeyId))) return false
      const data = { before: null, after: { id, createdAt: tx.now.toISOString() } }
      return insertSeed(tx, stored, { type: 'seed.created', subjectId: appId, at: tx.now, data })
    })
    if (isStored) ctx.atStep?.('seed_stored')
  } finally {
    entropy.fill(0)
    seed.fill(0)
  }
}

/** False when the data key is not the app's any more, or another custody key wraps since a moment ago. */
async function renewOnce(ctx: CustodyCtx, old: StoredSeed): Promise<boolean> {
  const { entropy, seed } = await withSealer(ctx, old, (sealer) => ({
    entropy: openForm(sealer, old, 'entropy'),
    seed: openForm(sealer, old, 'seed'),
  }))
  try {
    const renewed = await sealSeed(ctx, old, { entropy, seed })
    return await inTx(ctx, async (tx) => {
      if (!(await holdCustodyKey(tx, renewed.custodyKeyId))) return false
      return replaceSeed(tx, old.dataKeyId, renewed)
    })
  } finally {
    entropy.fill(0)
    seed.fill(0)
  }
}

/** Seals both forms of a seed under a new data key, which the custody key that wraps now wraps. */
async function sealSeed(
  ctx: CustodyCtx,
  { appId, id }: Pick<StoredSeed, 'appId' | 'id'>,
  plain: Readonly<Record<SeedForm, Buffer>>,
): Promise<StoredSeed> {
  const { custodyKey } = ctx
  const [dataKey, dataKeyId] = [randomBytes(dataKeyBytes), newId()]
  try {
    const custodyKeyId = await presentCustodyKeyId(ctx)
    const wrapped = await custodyKey.wrap(custodyKeyId, { appId, dataKeyId }, dataKey)
    const sealer = custodyKey.sealerOf(dataKey)
    const entropy = sealForm(sealer, { appId, id }, 'entropy', plain.entropy)
    const seed = sealForm(sealer, { appId, id }, 'seed', plain.seed)
    return { appId, id, dataKeyId, custodyKeyId, wrapped, entropy, seed }
  } finally {
    dataKey.fill(0)
  }
}

async function presentCustodyKeyId(ctx: CustodyCtx): Promise<string> {
  const id = await selectCustodyKeyId(ctx)
  if (id === null) throw new Error('The database has no custody key yet')
  return id
}

async function unwrapOrReason({ custodyKey }: CustodyCtx, dataKey: StoredDataKey): Promise<Buffer | string> {
  try {
    return await custodyKey.unwrap(dataKey.custodyKeyId, dataKey, dataKey.wrapped)
  } catch (error) {
    return (error as Error).message
  }
}

/** Clears the bytes of the data key. False when it is not any more as it was read. */
async function rewrap(
  { db, custodyKey }: CustodyCtx,
  dataKey: StoredDataKey,
  bytes: Buffer,
  present: string,
): Promise<boolean> {
  try {
    const wrapped = await custodyKey.wrap(present, dataKey, bytes)
    return await updateDataKey({ db }, dataKey, { custodyKeyId: present, wrapped })
  } finally {
    bytes.fill(0)
  }
}

/** Opens a form of a seed. What wraps it may have been retired since the seed was read: then it is read again, once. */
async function openStored(ctx: CustodyCtx, stored: StoredSeed, form: SeedForm): Promise<Buffer> {
  const open = (present: StoredSeed) => withSealer(ctx, present, (sealer) => openForm(sealer, present, form))
  try {
    return await open(stored)
  } catch (error) {
    const present = await selectSeed(ctx, stored.appId)
    if (present === undefined || present.wrapped.equals(stored.wrapped)) throw error
    return open(present)
  }
}

/** Opens a seed's data key for `use`, which must be done with it when it returns. What does not open is told with the app's id. */
async function withSealer<T>({ custodyKey }: CustodyCtx, stored: StoredSeed, use: (sealer: Sealer) => T): Promise<T> {
  try {
    const dataKey = await custodyKey.unwrap(stored.custodyKeyId, stored, stored.wrapped)
    try {
      return use(custodyKey.sealerOf(dataKey))
    } finally {
      dataKey.fill(0)
    }
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(`The seed of the app ${stored.appId} does not open: ${reason}`, { cause: error })
  }
}
