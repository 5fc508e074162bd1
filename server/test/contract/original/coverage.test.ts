import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { toEventJson } from '../../../src/core/feed/event-json.ts'
import { createSequencer, listEvents } from '../../../src/core/feed/feed.service.ts'
import { signMessage } from '../../../src/core/webhooks/signatures.rules.ts'
import { original } from '../../../src/dialects/original/plugin.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, readDialectPage } from '../../helpers/dialect-page.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { credentials, deposit, errors, expectError, get, post, searchPath, tokenOf } from './client.ts'
import { sampleUser } from './fixtures/seed-004.ts'

// docs/dialects/original.md against what is really there: the table of endpoints, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)

const page = await readDialectPage(original)
const { served, unserved, printed } = page

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})

describe('the coverage table', () => {
  itStatesWhatIsServed(api, original, page)

  it.each(served)('$endpoint is there at both mounts, and wants credentials', async ({ method, path }) => {
    for (const mount of ['', original.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path) }), errors.unauthorized)
    }
  })

  it.each(unserved)(
    '$endpoint is not there at either mount, with credentials and without',
    async ({ method, path }) => {
      for (const mount of ['', original.prefix]) {
        for (const headers of [{}, credentials(tenant.apiKey)]) {
          expectError(await api.server.inject({ method, url: mount + concrete(path), headers }), errors.notFound)
        }
      }
    },
  )
})

/** Ids, times and addresses differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"uid":"\d{12}"/g, '"uid":"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}(000)?Z"/g, '"…"')
    .replaceAll(/"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"…"')
    .replaceAll(/0x[0-9a-fA-F]{40}/g, '0x…')
    .replaceAll(/"sequence":\d+/g, '"sequence":1')
}

/** What an endpoint with the vendor's signature is sent of the app's new wallet. */
async function walletWebhook({ ctx }: TestTenant): Promise<string> {
  await createSequencer(ctx, ctx.appId).number()
  const [event] = (await listEvents(ctx, { limit: 1, types: ['wallet.created'] })).events
  if (event === undefined) throw new Error('There is no event of the wallet')
  const message = { id: event.id, appId: ctx.appId, attempt: 1, sentAt: ctx.now, event: toEventJson(event) }
  return signMessage('original', message, [{ id: event.id, secret: 'whsec_c2VjcmV0', expiresAt: null }]).body
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const own = await api.newTenant()
    const { apiKey } = own
    const create = (body: object) => post(api, '/v1', apiKey, JSON.stringify(body))
    const created = await create(sampleUser)
    const { uid } = created.json().data
    // Before the user has a wallet.
    const user = await get(api, `/v1/user/${uid}`, apiKey)
    const begun = await deposit(api, '/v1', apiKey, uid)
    await makeWaitingWallets(own.ctx, custodyKey)
    const answers: Record<string, { body: string }> = {
      created,
      user,
      'deposit-begun': begun,
      deposit: await deposit(api, '/v1', apiKey, uid),
      'deposit-nothing-asked': await get(api, '/v1/deposit', apiKey),
      'wallet-created': { body: await walletWebhook(own) },
      'invalid-email': await create({ email: 'nobody' }),
      'invalid-fields': await create({ user_external_id: '', email: 5 }),
      duplicate: await create({ user_external_id: sampleUser.user_external_id }),
      'user-not-found': await get(api, '/v1/user/452711987655', apiKey),
      'empty-uid': await get(api, '/v1/user/', apiKey),
      nobody: await get(api, searchPath('/v1', { email: 'nobody@example.com' }), apiKey),
      'nothing-asked': await get(api, '/v1/user', apiKey),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers[name]?.body ?? 'nothing')])
    }
  })

  it('hold in the table of errors: each status, type, code and message is one that the tests expect', () => {
    const table = page.section('Errors')
    const stated = [...table.matchAll(/^\| .+ \| (\d{3}) \| (\w+) \| (\w+) \| (.+) \|$/gm)].map((row) => row.slice(1))
    const expected = Object.values(errors).map(({ status, type, code, message }) => [`${status}`, type, code, message])
    const asLines = (all: string[][]) => all.map((row) => row.join(' | ')).sort()
    expect(asLines(stated)).toEqual(asLines(expected))
  })

  it('shows how to sign a token', async () => {
    const { apiKey } = await api.newTenant()
    const script = /^TOKEN=\$\(node -e '(.*?)'\)$/ms.exec(page.text)?.[1] ?? ''
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
      env: { SECRET: apiKey.secret },
    })
    expect(stdout.trim()).toBe(tokenOf(apiKey.secret))
  })

  it('says what the example call answers', async () => {
    const { apiKey } = await api.newTenant()
    const call = /-d '(.+)'/.exec(page.text)?.[1] ?? ''
    const response = await post(api, '/v1', apiKey, call)
    expect([response.statusCode, settled(response.body)]).toEqual([201, settled(printed.get('created') ?? '')])
  })
})
