import { beforeAll, describe, expect, it } from 'vitest'
import { issueApiKey } from '../../src/core/api-keys/api-keys.service.ts'
import { appScopes } from '../../src/core/api-keys/sandbox.service.ts'
import type { Ctx } from '../../src/core/context.ts'
import { createProfile } from '../../src/core/profiles/profiles.service.ts'
import { useCustodyKey } from '../helpers/custody.ts'
import { useDatabase } from '../helpers/database.ts'
import { cleanUpToldProcesses, startToldProcess, type ToldProcess } from '../helpers/told-process.ts'
import { makeWaitingWallets } from '../helpers/wallet-maker.ts'
import type { ApiMessage, ApiOrder } from './mortal-api-child.ts'

const database = useDatabase()
const custodyKey = useCustodyKey(database)
cleanUpToldProcesses()

const isFull = process.env.FACET_PROVE !== undefined

let ctx: Ctx
let secret: string
/** The process that serves. Where one was killed the next one takes over, which is then the one to be killed. */
let api: ToldProcess
let url: string

beforeAll(async () => {
  ctx = await database.newApp()
  secret = (await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: appScopes, expiresAt: null })).secret
  await makeWaitingWallets(ctx, custodyKey)
  await startApi()
})

async function startApi(): Promise<void> {
  api = startToldProcess('mortal-api-child.ts')
  const message: ApiMessage = { address: database.address, masterKey: database.masterKey.toString('base64') }
  url = await api.tell<string>(message)
}

function order(next: ApiOrder): Promise<number> {
  return api.tell(next)
}

interface Call {
  readonly path: string
  readonly reference: string
  /** Of a request that is to happen once, however often it is sent. */
  readonly key?: string
}

/** Sends the request. Undefined when the server went away before it answered. */
async function post({ path, reference, key }: Call): Promise<{ status: number; body: unknown } | undefined> {
  const headers = {
    ...{ 'x-api-key': secret, 'x-sdk-version': '1.0.0', 'content-type': 'application/json' },
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  const body = JSON.stringify({ reference, network: 'AMOY', clientShare: 'a share' })
  try {
    const response = await fetch(url + path, { method: 'POST', headers, body })
    return { status: response.status, body: await response.json() }
  } catch {
    return undefined
  }
}

/** What there is of a profile's wallet. */
interface Traces {
  readonly accounts: number
  readonly wallets: readonly number[]
  readonly addresses: readonly number[]
  readonly workflows: readonly string[]
  readonly events: readonly string[]
}

const nothing: Traces = { accounts: 0, wallets: [], addresses: [], workflows: [], events: [] }

/** A profile with the wallet and so many addresses of it. */
function withAddresses(count: number): Traces {
  return {
    accounts: 1,
    wallets: [count],
    addresses: Array.from({ length: count }, (_, index) => index),
    workflows: ['completed'],
    events: ['wallet.created', ...Array(count).fill('address.created')],
  }
}

async function tracesOf(profileId: string): Promise<Traces> {
  const [row] = await database.db.query<Traces>(
    `select (select count(*) from wallet_accounts where app_id = $1 and profile_id = $2)::integer as accounts,
       array(select next_address_index from wallets where app_id = $1 and profile_id = $2) as wallets,
       array(select a.address_index from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
         where a.app_id = $1 and w.profile_id = $2 order by 1) as addresses,
       array(select state::text from workflows where app_id = $1 and profile_id = $2) as workflows,
       array(select type::text from events_pending where app_id = $1 and subject_id = $2 and type ~ '^(wallet|address)'
         order by position) as events`,
    [ctx.appId, profileId],
  )
  return row ?? nothing
}

async function newProfile(): Promise<{ id: string; reference: string }> {
  const reference = crypto.randomUUID()
  const { id } = await createProfile(ctx, { reference })
  return { id, reference }
}

/**
 * Has the server killed at moments of a request, each time of another profile, and gives `look` that profile and what repeats the request
 * to another server.
 */
async function killAtMoments(
  call: Pick<Call, 'path'> & { readonly keyed?: boolean },
  look: (profile: { id: string }, repeat: () => ReturnType<typeof post>) => Promise<void>,
): Promise<void> {
  const nextCall = async (): Promise<Call & { id: string }> => {
    const { id, reference } = await newProfile()
    return { id, path: call.path, reference, ...(call.keyed && { key: reference }) }
  }
  // By the first one the process remembers what it will; so does one that has answered a repeat.
  for (let n = 0; n < 2; n++) {
    await order({ killAfter: null })
    expect(await post(await nextCall())).toMatchObject({ status: 201 })
  }
  const count = await order({ killAfter: null })
  // The last two are before and after the commit.
  const moments = isFull ? Array.from({ length: count }, (_, moment) => moment) : [count >> 1, count - 2, count - 1]
  for (const killAfter of moments) {
    const one = await nextCall()
    await order({ killAfter })
    expect(await post(one)).toBeUndefined()
    expect(await api.ended).toBe('SIGKILL')
    await startApi()
    await look(one, () => post(one))
  }
}

describe('an API process that is killed before any statement of its transaction, before the commit or after it', () => {
  it('for a wallet: the repeat joins in with what there is, and one wallet is made', async () => {
    const seen = new Set<number>()
    await killAtMoments({ path: '/oumla/api/v1/wallets/generate' }, async ({ id }, repeat) => {
      const before = await tracesOf(id)
      const isAsked = before.workflows.length
      expect(before).toEqual(isAsked ? { ...nothing, workflows: ['running'] } : nothing)
      seen.add(isAsked)
      expect(await repeat()).toMatchObject({ status: 201 })
      expect(await tracesOf(id)).toEqual({ ...nothing, workflows: ['running'] })
      await makeWaitingWallets(ctx, custodyKey)
      expect(await tracesOf(id)).toEqual(withAddresses(0))
    })
    expect(seen).toEqual(new Set([0, 1]))
  }, 120_000)

  it('for an address with its wallet: all of it is there or nothing, and the repeat finds the one wallet', async () => {
    const seen = new Set<number>()
    await killAtMoments({ path: '/oumla/api/v2/addresses/generate' }, async ({ id }, repeat) => {
      const before = await tracesOf(id)
      const made = before.wallets.length
      expect(before).toEqual(made ? withAddresses(1) : nothing)
      seen.add(made)
      expect(await repeat()).toMatchObject({ status: 201 })
      expect(await tracesOf(id)).toEqual(withAddresses(made + 1))
    })
    expect(seen).toEqual(new Set([0, 1]))
  }, 120_000)

  it('for an address with its wallet under an Idempotency-Key: the repeat gives the first address', async () => {
    const call = { path: '/oumla/api/v2/addresses/generate', keyed: true }
    await killAtMoments(call, async ({ id }, repeat) => {
      const answer = await repeat()
      expect(answer).toMatchObject({ status: 201 })
      expect(await tracesOf(id)).toEqual(withAddresses(1))
      const text = `select a.id, a.address from addresses a join wallets w on w.app_id = $1 and w.id = a.wallet_id
        where a.app_id = $1 and w.profile_id = $2`
      expect(answer?.body).toMatchObject({ data: (await database.db.query(text, [ctx.appId, id]))[0] })
    })
  }, 120_000)

  it('leaves every wallet and address counted', async () => {
    const [row] = await database.db.query(
      `select (select sum(wallets) from wallet_counts where app_id = $1) = (select count(*) from wallets where app_id = $1)
           as wallets,
         (select sum(addresses) from wallet_counts where app_id = $1) = (select count(*) from addresses where app_id = $1)
           as addresses`,
      [ctx.appId],
    )
    expect(row).toEqual({ wallets: true, addresses: true })
  })
})
