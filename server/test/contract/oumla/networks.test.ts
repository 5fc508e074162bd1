import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, errors, expectError, type Face, faces, list } from './faces.ts'
import { networkIds, paged } from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database)

let sandbox: TestTenant
let live: TestTenant
/** A sandbox app that uses tBTC and AMOY alone. */
let narrow: TestTenant
beforeAll(async () => {
  sandbox = await api.newTenant()
  live = await api.newTenant({ mode: 'live' })
  narrow = await api.newTenant()
  const { secret } = await api.newKey(narrow, ['organization:manage'])
  const changed = await api.server.inject({
    method: 'PATCH',
    url: `/facet/v1/apps/${narrow.ctx.appId}`,
    headers: { authorization: `Bearer ${secret}` },
    payload: { settings: { wallets: { networks: ['tBTC', 'AMOY'] } } },
  })
  expect(changed.statusCode).toBe(200)
})

const createdAt = '2026-11-25T00:00:00.000Z'

/** A network as the app's list shows it. */
function shown(id: string, name: string, chainId: number | null, isMainnet = false) {
  const [addressFamily, decimals] = chainId === null ? ['BITCOIN', 8] : ['EVM', 18]
  const kind = { globalAccess: true, chainId, isMainnet, isGasless: false, addressFamily, decimals }
  return { id, enabled: true, name, ...kind, createdAt, updatedAt: createdAt }
}

const testNetworks = [
  shown(networkIds.tBTC, 'Bitcoin Testnet', null),
  shown(networkIds.SANDBOX, 'Sandbox', 31_337),
  shown(networkIds.AMOY, 'Polygon', 80_002),
  shown(networkIds.tETH, 'Ethereum Sepolia', 11_155_111),
]
const mainNetworks = [
  shown('f7f5bfc0-7a7e-47a9-b4fe-23896dbca064', 'Bitcoin', null, true),
  shown('a38c9559-ab35-4761-98bb-8df967cd732f', 'Ethereum', 1, true),
  shown('4d06ffd4-1fbd-432a-9256-c92dfd86bf5c', 'Polygon', 137, true),
]

describe.each(faces)('$name', (face) => {
  const enabledPath = at(face, '/api/v1/network/enabled')
  const path = at(face, '/api/v1/network/organization')
  const get = (tenant: TestTenant, query = '', where: Face = path) => list(api, where, tenant.apiKey.secret, query)

  it('200: network/enabled names those that the app may use', async () => {
    const aliases = async (tenant: TestTenant) =>
      (await get(tenant, '', enabledPath)).json().networks.map(({ alias }: { alias: string }) => alias)
    expect(await aliases(sandbox)).toEqual(['tBTC', 'SANDBOX', 'AMOY', 'tETH'])
    expect(await aliases(live)).toEqual(['BTC', 'ETH', 'POLYGON'])
    const response = await get(narrow, '', enabledPath)
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).toBe(
      `{"networks":[{"networkId":"${networkIds.tBTC}","name":"Bitcoin Testnet","alias":"tBTC"},` +
        `{"networkId":"${networkIds.AMOY}","name":"Polygon","alias":"AMOY"}]}`,
    )
  })

  it('200: network/organization shows every network of the app’s mode, byte for byte', async () => {
    for (const [tenant, networks] of [
      [sandbox, testNetworks],
      [live, mainNetworks],
    ] as const) {
      const response = await get(tenant)
      expect(response.statusCode).toBe(200)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(response.body).toBe(JSON.stringify({ networks, ...paged(face, networks.length) }))
    }
  })

  it.each([
    ['?enabled=true', ['tBTC', 'AMOY']],
    ['?enabled=false', ['SANDBOX', 'tETH']],
    ['?name=poly', ['AMOY']],
    ['?name=NET', ['tBTC']],
    ['?name=sandbox&enabled=false', ['SANDBOX']],
    ['?name=sandbox&enabled=true', []],
    ['?name=', ['tBTC', 'SANDBOX', 'AMOY', 'tETH']],
    ['?name=%00', []],
  ] as const)('200: %s lets %j through, and counts those', async (query, aliases) => {
    const body = (await get(narrow, query)).json()
    const ids = body.networks.map(({ id }: { id: string }) => id)
    expect(ids).toEqual(aliases.map((alias) => networkIds[alias]))
    expect(body).toMatchObject(paged(face, aliases.length))
  })

  it('200: gives pages', async () => {
    const page = { skip: 1, take: 2 }
    const body = (await get(sandbox, '?skip=1&take=2')).json()
    expect(body).toEqual({ networks: testNetworks.slice(1, 3), ...paged(face, 4, page) })
    expect((await get(sandbox, '?skip=4')).json()).toEqual({ networks: [], ...paged(face, 4, { skip: 4 }) })
  })

  it.each([
    ['?enabled=yes', errors.invalidInput, ['enabled', 'enabled must be one of true, false']],
    ['?enabled=', errors.invalidInput, ['enabled', 'enabled must be one of true, false']],
    ['?enabled=true&enabled=false', errors.invalidInput, ['enabled', 'enabled must be given once']],
    ['?name=a&name=b', errors.invalidInput, ['name', 'name must be given once']],
    ['?skip=x', errors.invalidPage, ['skip', 'skip must be a whole number of at least 0']],
  ] as const)('400: %s', async (query, error, blamed) => {
    expectError(await get(sandbox, query), path, error, [blamed])
  })

  it('200: both are for every key of the app, whatever its scopes', async () => {
    const { secret } = await api.newKey(sandbox, ['events:read'])
    for (const where of [enabledPath, path]) expect((await list(api, where, secret)).statusCode).toBe(200)
  })
})
