import { beforeAll, describe, expect, it } from 'vitest'
import { oumla } from '../../../src/dialects/oumla/plugin.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, readDialectPage } from '../../helpers/dialect-page.ts'
import { at, create, createdBody, errors, expectError, type Face, faces, list, post, printedFaces } from './faces.ts'
import { exampleProfile } from './fixtures/seed-000.ts'
import { addressPaths, generateAddress, generateWallet, useMaker } from './wallet-calls.ts'

// docs/dialects/oumla.md against what is really there: the table of endpoints, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)
const make = useMaker(database)
const [seedFace, presentFace] = printedFaces as [Face, Face]

const page = await readDialectPage(oumla)
const { served, unserved, printed } = page

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})

describe('the coverage table', () => {
  itStatesWhatIsServed(api, oumla, page)

  it.each(served)('$endpoint is there at both mounts, and wants a key', async ({ method, path }) => {
    // The printed path is this dialect's by the header alone.
    for (const [mount, headers] of [['', { 'x-api-key': '' }] as const, [oumla.prefix, {}] as const]) {
      const face = { path: mount + concrete(path), present: false }
      const response = await api.server.inject({ method, url: face.path, headers })
      expectError(response, face, errors.unauthorized)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount, in both generations', async ({ method, path }) => {
    for (const mount of ['', oumla.prefix]) {
      for (const { present, headers } of printedFaces) {
        const url = mount + concrete(path)
        const response = await api.server.inject({
          method,
          url,
          headers: { ...headers, 'x-api-key': tenant.apiKey.secret },
        })
        expectError(response, { path: url, present }, errors.notFound)
      }
    }
  })
})

/** Times, addresses and the ids that are drawn differ from run to run; networks and the example's reference do not. */
function settled(body: string): string {
  return body
    .replaceAll(/"(organizationId|requestId)":"[0-9a-f-]{36}"/g, '"$1":"…"')
    .replaceAll(/"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}"/g, '"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"/g, '"…"')
    .replaceAll(/"tb1q[0-9a-z]{38}"/g, '"tb1q…"')
}

/** What a client gets who goes through the page from its beginning. */
async function profileExamples(face: Face, tenant: TestTenant) {
  const { secret } = tenant.apiKey
  const { reference, type } = exampleProfile
  const make = (wanted: string) => post(api, face, secret, JSON.stringify({ reference, type: wanted }))
  const [created, duplicate, wrongType] = [await make(type), await make(type), await make('user')]
  const [all, badPage] = [await list(api, face, secret), await list(api, face, secret, '?skip=x&take=x')]
  return { created, duplicate, 'wrong-type': wrongType, list: all, 'bad-page': badPage }
}

async function walletExamples(face: Face, tenant: TestTenant) {
  const { secret } = tenant.apiKey
  const { reference } = exampleProfile
  const get = (path: string, query = '') => list(api, at(face, path), secret, query)
  const unknown = JSON.stringify({ reference, network: 'DOGE' })
  const badNetwork = await post(api, at(face, '/api/v1/wallets/generate'), secret, unknown)
  const noWallet = await generateAddress(api, face, tenant, addressPaths[0], { reference })
  const wallet = await generateWallet(api, face, tenant, reference)
  await make(tenant)
  const address = await generateAddress(api, face, tenant, addressPaths[0], { reference })
  return {
    'bad-network': badNetwork,
    'no-wallet': noWallet,
    ...{ wallet, address },
    wallets: await get(`/api/v1/wallets/profile/${reference}`),
    addresses: await get(`/api/v1/addresses/${reference}`),
    workflow: await get(`/api/v1/workflows/${wallet.headers['x-workflow-id']}/status`),
    'networks-enabled': await get('/api/v1/network/enabled'),
    'networks-none': await get('/api/v1/network/organization', '?name=amoy'),
    networks: await get('/api/v1/network/organization', '?name=polygon'),
  }
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const example = async (face: Face) => {
      const own = await api.newTenant()
      return { ...(await profileExamples(face, own)), ...(await walletExamples(face, own)) }
    }
    const [old, present] = [await example(seedFace), await example(presentFace)]
    const answers = new Map([
      ...Object.entries(old),
      ...Object.entries(present).map(([name, answer]) => [`${name}-present`, answer] as const),
    ])
    expect(printed.size).toBe(24)
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers.get(name)?.body ?? 'nothing')])
    }
  })

  it('hold in the table of errors: each message, code and status is one that the tests expect', () => {
    const table = page.section('Errors')
    const stated = [...table.matchAll(/^\| .+ \| (\d{3})(?: \/ (\d{3}))? \| (.+) \| (ERR_\d+) \| (\w+) \| (.+) \|$/gm)]
    const lines = stated.map(([, old, present = old, ...words]) => [old, present, ...words].join(' | '))
    const expected = Object.values(errors).map(({ status, message, code, category, presentMessage, ...other }) => {
      const presentStatus = 'presentStatus' in other ? other.presentStatus : status
      return [status, presentStatus, message, code, category, presentMessage].join(' | ')
    })
    expect(lines.sort()).toEqual(expected.sort())
  })

  it('says what the example call answers', async () => {
    const own = await api.newTenant()
    const [face] = faces as [Face]
    const call = /-d '(.+)'/.exec(page.text)?.[1] ?? ''
    const response = await post(api, face, own.apiKey.secret, call)
    expect(response.body).toBe(createdBody(face, exampleProfile.reference))
    expect((await create(api, face, own, exampleProfile.reference)).statusCode).toBe(404)
  })
})
