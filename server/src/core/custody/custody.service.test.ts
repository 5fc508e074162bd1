import { randomBytes } from 'node:crypto'
import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { custodyKeyOf, useCustodyKey } from '../../../test/helpers/custody.ts'
import { useDatabase } from '../../../test/helpers/database.ts'
import { exportMnemonic, listAppsWithSeed, renewDataKey, rewrapDataKeys, withSeed } from './custody.service.ts'
import { type CustodyCtx, type CustodyStep, custodySteps } from './custody.types.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)
const { db } = database

function contextOf(key = custodyKey as CustodyCtx['custodyKey']): CustodyCtx {
  return { ...database.system(), custodyKey: key }
}

/** An app with a seed; gives the app's id and a copy of the seed. */
async function newSeed(ctx = contextOf()): Promise<{ appId: string; seed: Buffer }> {
  const { appId } = await database.newApp()
  return { appId, seed: await copyOfSeed(ctx, appId) }
}

const copyOfSeed = (ctx: CustodyCtx, appId: string) => withSeed(ctx, appId, (seed) => Buffer.from(seed))

async function eventsOf(appId: string): Promise<{ type: string; data: object; actor: string }[]> {
  return db.query(
    `select type, data, actor_id as actor from events_pending where app_id = $1 and type like 'seed.%' order by position`,
    [appId],
  )
}

interface Rows {
  readonly id: string
  readonly entropy: Buffer
  readonly seed: Buffer
  readonly dataKeyId: string
  readonly custodyKeyId: string
  readonly wrapped: Buffer
}

async function rowsOf(appId: string): Promise<Rows> {
  const rows = await db.query<Rows>(
    `select s.id, entropy_sealed as entropy, seed_sealed as seed, k.id as "dataKeyId", custody_key_id as "custodyKeyId", wrapped
     from custody_data_keys k left join app_seeds s on s.app_id = k.app_id and s.data_key_id = k.id where k.app_id = $1`,
    [appId],
  )
  expect(rows).toHaveLength(1)
  return rows[0] as Rows
}

describe('a seed', () => {
  it('is made once, of 24 words by BIP-39, told in one event, and opens the same ever after', async () => {
    const ctx = contextOf()
    const { appId, seed } = await newSeed(ctx)
    expect(await copyOfSeed(ctx, appId)).toEqual(seed)
    const words = await exportMnemonic(ctx, appId)
    expect(words.split(' ')).toHaveLength(24)
    // Throws when the checksum of the words does not fit.
    expect(mnemonicToEntropy(words, wordlist)).toHaveLength(32)
    expect(Buffer.from(mnemonicToSeedSync(words))).toEqual(seed)
    const { id } = await rowsOf(appId)
    expect(await eventsOf(appId)).toEqual([
      { type: 'seed.created', data: { before: null, after: { id, createdAt: expect.any(String) } }, actor: 'test' },
      { type: 'seed.exported', data: { before: null, after: { id } }, actor: 'test' },
    ])
    expect(await listAppsWithSeed(ctx)).toContain(appId)
  })

  it('is made once by however many ask first at the same time', async () => {
    const { appId } = await database.newApp()
    const seeds = await Promise.all(Array.from({ length: 12 }, () => copyOfSeed(contextOf(), appId)))
    expect(new Set(seeds.map((seed) => seed.toString('hex'))).size).toBe(1)
    await rowsOf(appId)
    expect(await eventsOf(appId)).toHaveLength(1)
  })

  it('is cleared when its use is done, also when that fails, and so are all other bytes on the way', async () => {
    const seen: Buffer[] = []
    const watched: CustodyCtx['custodyKey'] = {
      ...custodyKey,
      async unwrap(...given) {
        const dataKey = await custodyKey.unwrap(...given)
        seen.push(dataKey)
        return dataKey
      },
      wrap(id, place, dataKey) {
        seen.push(dataKey)
        return custodyKey.wrap(id, place, dataKey)
      },
      sealerOf(dataKey) {
        const sealer = custodyKey.sealerOf(dataKey)
        return {
          seal(purpose, rowId, plain) {
            seen.push(plain)
            return sealer.seal(purpose, rowId, plain)
          },
          open(purpose, rowId, sealed) {
            const plain = sealer.open(purpose, rowId, sealed)
            seen.push(plain)
            return plain
          },
        }
      },
    }
    const ctx = contextOf(watched)
    const { appId } = await newSeed(ctx)
    await expect(withSeed(ctx, appId, () => Promise.reject(new Error('no use')))).rejects.toThrow('no use')
    await exportMnemonic(ctx, appId)
    await renewDataKey(ctx, appId)
    // Made: data key, both forms; opened three times: data key and a form; renewed: two data keys and both forms twice.
    expect(seen.length).toBe(3 + 6 + 6)
    for (const bytes of seen) expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('is whole or not there, wherever its making is broken off', async () => {
    for (const step of custodySteps) {
      const { appId } = await database.newApp()
      const atStep = (at: CustodyStep) => {
        if (at === step) throw new Error(step)
      }
      await expect(copyOfSeed({ ...contextOf(), atStep }, appId)).rejects.toThrow(step)
      const before = await db.query('select id from app_seeds where app_id = $1', [appId])
      expect(before).toHaveLength(step === 'seed_stored' ? 1 : 0)
      await copyOfSeed(contextOf(), appId)
      await rowsOf(appId)
      expect(await eventsOf(appId)).toHaveLength(1)
    }
  })

  it('is not exported, and nothing is told, when there is none', async () => {
    const { appId } = await database.newApp()
    await expect(exportMnemonic(contextOf(), appId)).rejects.toMatchObject({ fault: { code: 'seed_not_found' } })
    expect(await eventsOf(appId)).toEqual([])
  })

  it('is not shown when its export cannot be told', async () => {
    const { appId } = await newSeed()
    const tooLong = { kind: 'operator', id: 'x'.repeat(65) } as const
    await expect(exportMnemonic({ ...contextOf(), actor: tooLong }, appId)).rejects.toThrow(/too long/)
  })
})

/** Forgets all seeds, and lets the first custody key wrap again. */
async function beginAnew(): Promise<void> {
  await db.query('delete from app_seeds', [])
  await db.query('delete from custody_data_keys', [])
  await nameKey(custodyKey)
}

/** Lets a custody key wrap from now on. */
async function nameKey({ id }: CustodyCtx['custodyKey']): Promise<void> {
  await db.query('update installation set custody_key_id = $1', [id])
}

describe('ciphertexts in another place', () => {
  /** Every way in which somebody who writes into the database could put one seed in the place of another. */
  const swaps: Record<string, string> = {
    'entropy and seed of a row': 'update app_seeds set entropy_sealed = seed_sealed, seed_sealed = entropy_sealed',
    'seeds of two apps': `update app_seeds s set seed_sealed = o.seed_sealed, entropy_sealed = o.entropy_sealed
      from app_seeds o where o.app_id <> s.app_id`,
    'seeds and row ids of two apps': `update app_seeds s set seed_sealed = o.seed_sealed, entropy_sealed = o.entropy_sealed,
      id = o.id from app_seeds o where o.app_id <> s.app_id`,
    'data keys of two apps': `update custody_data_keys k set wrapped = o.wrapped
      from custody_data_keys o where o.app_id <> k.app_id`,
    'seeds with their data keys': `with keys as (update custody_data_keys k set wrapped = o.wrapped
        from custody_data_keys o where o.app_id <> k.app_id)
      update app_seeds s set seed_sealed = o.seed_sealed, entropy_sealed = o.entropy_sealed, id = o.id
      from app_seeds o where o.app_id <> s.app_id`,
  }

  it.each(Object.keys(swaps))('do not open: %s', async (name) => {
    await beginAnew()
    const ctx = contextOf()
    const apps = [await newSeed(ctx), await newSeed(ctx)]
    await db.query(swaps[name] ?? '', [])
    for (const { appId } of apps) {
      await expect(copyOfSeed(ctx, appId)).rejects.toThrow(/authenticate/)
      await expect(exportMnemonic(ctx, appId)).rejects.toThrow(/authenticate/)
      expect(await eventsOf(appId)).toHaveLength(1)
    }
  })
})

describe('rotation', () => {
  beforeEach(beginAnew)

  /** Reads seeds of the apps all the time until the work is done; gives how often. Throws when one could not be read. */
  async function besideReaders(ctx: CustodyCtx, apps: { appId: string; seed: Buffer }[], work: () => Promise<unknown>) {
    let [isDone, count] = [false, 0]
    const readers = Array.from({ length: 200 }, async (_, index) => {
      const { appId, seed } = apps[index % apps.length] as (typeof apps)[number]
      do {
        expect((await copyOfSeed(ctx, appId)).equals(seed)).toBe(true)
        count++
      } while (!isDone)
    })
    await work().finally(() => {
      isDone = true
    })
    await Promise.all(readers)
    return count
  }

  /** A custody key that stops after it has wrapped, until it is told to go on. */
  function stopping(key: CustodyCtx['custodyKey']) {
    const [reached, goingOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow: CustodyCtx['custodyKey'] = {
      ...key,
      async wrap(...given) {
        const bytes = await key.wrap(...given)
        reached.resolve()
        await goingOn.promise
        return bytes
      },
    }
    return { key: slow, wrapped: reached.promise, goOn: () => goingOn.resolve() }
  }

  it('of custody key and data keys fails no reader, and leaves nothing that the old ones open', async () => {
    const apps = await Promise.all(Array.from({ length: 8 }, () => newSeed()))
    const before = await Promise.all(apps.map(({ appId }) => rowsOf(appId)))
    const next = randomBytes(32)
    const both = contextOf(custodyKeyOf(next, custodyKey.bytes))
    let rewrapped = 0
    const reads = await besideReaders(both, apps, async () => {
      await nameKey(both.custodyKey)
      rewrapped = (await rewrapDataKeys(both)).rewrapped
      for (const { appId } of apps) await renewDataKey(both, appId)
    })
    expect(reads).toBeGreaterThanOrEqual(200)
    expect(rewrapped).toBeGreaterThanOrEqual(apps.length)
    const [only, old] = [contextOf(custodyKeyOf(next)), contextOf()]
    for (const [index, { appId, seed }] of apps.entries()) {
      const [after, once] = [await rowsOf(appId), before[index] as Rows]
      expect(after).toMatchObject({ id: once.id, custodyKeyId: only.custodyKey.id })
      for (const part of ['dataKeyId', 'wrapped', 'entropy', 'seed'] as const)
        expect(after[part]).not.toEqual(once[part])
      expect(await copyOfSeed(only, appId)).toEqual(seed)
      await expect(copyOfSeed(old, appId)).rejects.toThrow(/is not at hand/)
    }
    expect(await rewrapDataKeys(only)).toEqual({ rewrapped: 0, unopened: [] })
  })

  it('leaves no seed under the old key that was being made meanwhile', async () => {
    const next = randomBytes(32)
    const both = contextOf(custodyKeyOf(next, custodyKey.bytes))
    const { appId } = await database.newApp()
    // Sealed under the old key, and not stored yet.
    const { key: slow, wrapped, goOn } = stopping(both.custodyKey)
    const making = copyOfSeed({ ...both, custodyKey: slow }, appId)
    await wrapped
    await nameKey(both.custodyKey)
    await rewrapDataKeys(both)
    goOn()
    await making
    expect((await rowsOf(appId)).custodyKeyId).toBe(both.custodyKey.id)
  })

  it('that another one overtakes undoes nothing of what that one did, and ends with its key for all', async () => {
    const { appId } = await newSeed()
    const [one, other] = [randomBytes(32), randomBytes(32)]
    const first = contextOf(custodyKeyOf(one, other, custodyKey.bytes))
    const second = contextOf(custodyKeyOf(other, one, custodyKey.bytes))
    await nameKey(first.custodyKey)
    const { key: slow, wrapped, goOn } = stopping(first.custodyKey)
    const overtaken = rewrapDataKeys({ ...first, custodyKey: slow })
    await wrapped
    await nameKey(second.custodyKey)
    expect(await rewrapDataKeys(second)).toEqual({ rewrapped: 1, unopened: [] })
    goOn()
    expect(await overtaken).toEqual({ rewrapped: 0, unopened: [] })
    expect((await rowsOf(appId)).custodyKeyId).toBe(second.custodyKey.id)
  })

  it('goes on past a data key that does not open, and names its app', async () => {
    const seeds = [await newSeed(), await newSeed(), await newSeed()]
    const [broken, ...whole] = seeds as [(typeof seeds)[0], ...typeof seeds]
    await db.query(`update custody_data_keys set wrapped = '\\x00' where app_id = $1`, [broken.appId])
    const both = contextOf(custodyKeyOf(randomBytes(32), custodyKey.bytes))
    await nameKey(both.custodyKey)
    for (const rewrapped of [2, 0]) {
      const unopened = [{ appId: broken.appId, reason: expect.any(String) }]
      expect(await rewrapDataKeys(both)).toEqual({ rewrapped, unopened })
    }
    for (const { appId, seed } of whole) {
      expect((await rowsOf(appId)).custodyKeyId).toBe(both.custodyKey.id)
      expect(await copyOfSeed(both, appId)).toEqual(seed)
    }
  })

  it('that retires the key of a row just after it was read fails no reader', async () => {
    const { appId, seed } = await newSeed()
    const next = randomBytes(32)
    const [both, only] = [custodyKeyOf(next, custodyKey.bytes), custodyKeyOf(next)]
    let hasRotated = false
    const overtaken: CustodyCtx['custodyKey'] = {
      ...only,
      async unwrap(...given) {
        if (!hasRotated) {
          hasRotated = true
          await nameKey(both)
          await rewrapDataKeys(contextOf(both))
        }
        return only.unwrap(...given)
      },
    }
    expect(await copyOfSeed(contextOf(overtaken), appId)).toEqual(seed)
    expect(hasRotated).toBe(true)
  })

  it('of a data key by two at once fails neither, and leaves one', async () => {
    const { appId, seed } = await newSeed()
    await Promise.all([renewDataKey(contextOf(), appId), renewDataKey(contextOf(), appId)])
    await rowsOf(appId)
    expect(await copyOfSeed(contextOf(), appId)).toEqual(seed)
  })
})
