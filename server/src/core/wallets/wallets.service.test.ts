import { describe, expect, it, vi } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { newId } from '../ids.ts'
import { createProfile } from '../profiles/profiles.service.ts'
import { listWalletAddresses } from './wallets.service.ts'

const database = useDatabase()

/** A wallet of the profile with these addresses, made one after the other. */
async function addWallet(ctx: Ctx, profileId: string, network: string, addresses: readonly string[]): Promise<void> {
  const walletId = newId()
  await ctx.db.query(
    `insert into wallets (app_id, id, profile_id, network, account_index, created_at) values ($1, $2, $3, $4, 0, now())`,
    [ctx.appId, walletId, profileId, network],
  )
  for (const [index, address] of addresses.entries()) {
    await ctx.db.query(
      `insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
       values ($1, $2, $3, $4, $5, $6, now())`,
      [ctx.appId, newId(), walletId, network, address, index],
    )
  }
}

describe('listWalletAddresses', () => {
  it('gives every address with its network, oldest first, for many profiles in one statement', async () => {
    const ctx = await database.newApp()
    const profiles = [await createProfile(ctx, {}), await createProfile(ctx, {}), await createProfile(ctx, {})]
    const [one, two, three] = profiles.map(({ id }) => id) as [string, string, string]
    await addWallet(ctx, one, 'BTC', ['bc1-b', 'bc1-a'])
    await addWallet(ctx, two, 'AMOY', ['0xtwo'])
    await addWallet(ctx, one, 'ETH', ['0xone'])
    const query = vi.fn(database.db.query)
    const counted = { ...ctx, db: { ...database.db, query } as Db }
    const found = await listWalletAddresses(counted, [one, two, three])
    expect(query).toHaveBeenCalledTimes(1)
    const shown = [one, two, three].map((id) =>
      found.get(id)?.map(({ address, networkName }) => [address, networkName]),
    )
    expect(shown).toEqual([
      [
        ['bc1-b', 'Bitcoin'],
        ['bc1-a', 'Bitcoin'],
        ['0xone', 'Ethereum'],
      ],
      [['0xtwo', 'Polygon']],
      [],
    ])
    // Asked for one by one at the same time, each is told of its own alone.
    const apart = await Promise.all([one, two, three].map((id) => listWalletAddresses(ctx, [id])))
    expect(apart).toEqual([one, two, three].map((id) => new Map([[id, found.get(id)]])))
  })

  it('gives nothing of another app, even of a profile that is asked for by its id', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const { id } = await createProfile(other, {})
    await addWallet(other, id, 'ETH', ['0xother'])
    expect((await listWalletAddresses(ctx, [id])).get(id)).toEqual([])
  })

  it('asks nothing when there is nobody to ask about, and needs profiles:read', async () => {
    const ctx = await database.newApp()
    const query = vi.fn(database.db.query)
    const counted = { ...ctx, db: { ...database.db, query } as Db }
    expect(await listWalletAddresses(counted, [])).toEqual(new Map())
    expect(query).not.toHaveBeenCalled()
    const blind = listWalletAddresses({ ...ctx, scopes: new Set() }, [newId()])
    await expect(blind).rejects.toMatchObject({ fault: { code: 'scope_missing' } })
  })
})

describe('the networks', () => {
  it('are the same in every installation, and each that has an explorer links an address there', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const aliases = ['BTC', 'tBTC', 'ETH', 'tETH', 'POLYGON', 'AMOY', 'SANDBOX']
    for (const alias of aliases) await addWallet(ctx, id, alias, [`a-${alias}`])
    const found = (await listWalletAddresses(ctx, [id])).get(id)
    expect(found?.map(({ networkName, chainId, explorerUrl }) => [networkName, chainId, explorerUrl])).toEqual([
      ['Bitcoin', null, 'https://mempool.space/address/a-BTC'],
      ['Bitcoin Testnet', null, 'https://mempool.space/testnet/address/a-tBTC'],
      ['Ethereum', 1, 'https://etherscan.io/address/a-ETH'],
      ['Ethereum Sepolia', 11155111, 'https://sepolia.etherscan.io/address/a-tETH'],
      ['Polygon', 137, 'https://polygonscan.com/address/a-POLYGON'],
      ['Polygon', 80002, 'https://amoy.polygonscan.com/address/a-AMOY'],
      ['Sandbox', 31337, null],
    ])
    const rows = await database.db.query<{ alias: string; id: string }>('select alias, id from networks', [])
    expect(Object.fromEntries(rows.map((row) => [row.alias, row.id]))).toEqual({
      BTC: 'f7f5bfc0-7a7e-47a9-b4fe-23896dbca064',
      tBTC: '3be29067-42c1-4d36-8e61-82c4b59b8458',
      ETH: 'a38c9559-ab35-4761-98bb-8df967cd732f',
      tETH: 'ec1b0dbd-a54c-4266-88da-d228a66a7fb2',
      POLYGON: '4d06ffd4-1fbd-432a-9256-c92dfd86bf5c',
      AMOY: '1167440b-6bd2-41a7-880d-d7c7ae7e1897',
      SANDBOX: '3d7b0c9d-2f29-4e32-b4ea-2b6b7ab6f60e',
    })
  })
})
