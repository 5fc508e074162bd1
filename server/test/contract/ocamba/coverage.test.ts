import { beforeAll, describe, expect, it } from 'vitest'
import { ocamba } from '../../../src/dialects/ocamba/plugin.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, publishedBy, readDialectPage } from '../../helpers/dialect-page.ts'
import { type Answer, clientOf, errors, expectError, newClient, newTenant } from './client.ts'
import { exampleCountry, exampleProfile } from './fixtures/seed-001.ts'

// docs/dialects/ocamba.md against what is really there: the table of endpoints, the errors, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)

const page = await readDialectPage(ocamba)
const { served, unserved, printed } = page

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant(api, database)
})

interface Operation {
  readonly responses: Readonly<Record<string, object>>
}

describe('the coverage table', () => {
  itStatesWhatIsServed(api, ocamba, page)

  it.each(served)('$endpoint is there at both mounts, and wants a key', async ({ method, path }) => {
    for (const mount of ['', ocamba.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path) }), errors.unauthorized)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount', async ({ method, path }) => {
    const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
    for (const mount of ['', ocamba.prefix]) {
      expectError(await api.server.inject({ method, url: mount + concrete(path), headers }), errors.notFound)
    }
  })

  it('is published with the statuses of success that the page names', async () => {
    const success = new Map(
      [...(await publishedBy<Operation>(api, ocamba))].map(([endpoint, { responses }]) => [
        endpoint,
        Object.keys(responses).filter((status) => status.startsWith('2')),
      ]),
    )
    const expected = (endpoint: string) => {
      if (endpoint.startsWith('GET')) return '200'
      if (endpoint.endsWith('/import')) return '202'
      return /^POST .*(profiles|profile-lists|profile-properties)$/.test(endpoint) ? '201' : '204'
    }
    for (const [endpoint, statuses] of success) expect([endpoint, statuses]).toEqual([endpoint, [expected(endpoint)]])
  })
})

/** Ids, traces and times differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"(id|company_id)":"\d+"/g, '"$1":"…"')
    .replaceAll(/"trace_id":"[0-9a-f-]{36}"/g, '"trace_id":"…"')
    .replaceAll(/"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/g, '"…"')
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const client = await newClient(api, database)
    const limited = clientOf(api, (await newTenant(api, database, { perMinute: 1 })).apiKey)
    await limited.get('/profiles')
    const created = await client.post('/profiles', exampleProfile)
    const { id } = created.json()
    const answers: Record<string, Answer> = {
      limited: await limited.get('/profiles'),
      created,
      list: await client.get('/profiles?fields=id,email,create_time'),
      'unknown-id': await client.post(`/profiles/${id}/merge/17430755068336100383`),
      queued: await client.post('/profiles/import', importOf(id)),
      'list-created': await client.post('/profile-lists', bodyOf('list-created')),
      'property-created': await client.post('/profile-properties', bodyOf('property-created')),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(answers[name]?.body ?? 'nothing')]).toEqual([name, settled(body)])
    }
  })

  it('say what the example call answers', async () => {
    const client = await newClient(api, database)
    const call = /-d '(.+)'/.exec(page.text)?.[1] ?? ''
    expect(JSON.parse(call)).toEqual(exampleProfile)
    expect(settled((await client.post('/profiles', call)).body)).toBe(settled(printed.get('created') ?? ''))
    expect(JSON.parse(printed.get('created') ?? '{}')).toMatchObject({
      ...exampleProfile,
      country_code: exampleCountry,
    })
  })

  it('hold in the table of errors: each row is one that the tests expect', () => {
    const table = page.section('Errors')
    const stated = [...table.matchAll(/^\| .+ \| (\d{3}) \| (.+?) \|(?: (.+?))? \|$/gm)]
    const lines = stated.map(([, status, title, message = '']) => [status, title, message].join(' | '))
    const expected = Object.values(errors).map((error) =>
      [error.status, error.title, 'message' in error ? error.message : ''].join(' | '),
    )
    expect(lines.length).toBe(table.split('\n').filter((line) => /^\| .*\d{3}/.test(line)).length)
    expect(lines.sort()).toEqual(expected.sort())
  })
})

/** The body of the page's import, with an id that there is. */
function importOf(id: string): object {
  const text = /^```json\n(\{ "profiles".*?)^```$/ms.exec(page.text)?.[1] ?? ''
  const body = JSON.parse(text)
  return { profiles: [{ ...body.profiles[0], id }] }
}

/** What a client sends to get the body of that name. */
function bodyOf(name: string): object {
  const { id: _, company_id: __, create_time: ___, update_time: ____, ...body } = JSON.parse(printed.get(name) ?? '{}')
  return body
}
