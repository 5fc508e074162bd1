import { beforeAll, describe, expect, it } from 'vitest'
import { oumla } from '../../../src/dialects/oumla/plugin.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, readDialectPage } from '../../helpers/dialect-page.ts'
import { create, createdBody, errors, expectError, type Face, faces, list, post, printedFaces } from './faces.ts'
import { exampleProfile } from './fixtures/seed-000.ts'

// docs/dialects/oumla.md against what is really there: the table of endpoints, and the bodies that it prints.

const database = useDatabase()
const api = useApi(database)
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

/** Ids and times differ from run to run, but for the example's own reference. */
function settled(body: string): string {
  return body
    .replaceAll(/"(organizationId|requestId)":"[0-9a-f-]{36}"/g, '"$1":"…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z"/g, '"…"')
}

describe('the bodies that the page prints', () => {
  it('are those served', async () => {
    const example = async (face: Face) => {
      const { apiKey } = await api.newTenant()
      const { reference, type } = exampleProfile
      const make = (wanted: string) => post(api, face, apiKey.secret, JSON.stringify({ reference, type: wanted }))
      const [created, duplicate, wrongType] = [await make(type), await make(type), await make('user')]
      const [all, badPage] = [
        await list(api, face, apiKey.secret),
        await list(api, face, apiKey.secret, '?skip=x&take=x'),
      ]
      return { created, duplicate, 'wrong-type': wrongType, list: all, 'bad-page': badPage }
    }
    const [old, present] = [await example(seedFace), await example(presentFace)]
    const answers = new Map([
      ...Object.entries(old),
      ...Object.entries(present).map(([name, answer]) => [`${name}-present`, answer] as const),
    ])
    expect(printed.size).toBe(9)
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
