import { beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type ExpectedError, errors, expectError, faces, list, post, printedFaces } from './faces.ts'
import { wrongType } from './fixtures/seed-000.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
beforeEach(async () => {
  tenant = await api.newTenant()
})

type Blamed = readonly (readonly [field: string, message: string])[]
interface Case {
  readonly name: string
  readonly body: string
  readonly blamed: Blamed
}

const type: Blamed = [['type', wrongType.sentence]]
const missingType: Blamed = [['type', 'type is required']]
const notText: Blamed = [['reference', 'reference must be a string']]
const broken: Blamed = [['reference', 'reference must not hold NUL or broken characters']]
const tooLong: Blamed = [['reference', 'reference must have at most 255 characters']]
const empty: Blamed = [['reference', 'reference must not be empty']]
const missing: Blamed = [['reference', 'reference is required']]

const withReference = (json: string) => `{"reference":${json},"type":"User"}`
const withType = (json: string) => `{"reference":"r","type":${json}}`

const badInput: readonly Case[] = [
  { name: 'a type in another case', body: withType('"user"'), blamed: type },
  { name: 'a type with a space behind it', body: withType('"User "'), blamed: type },
  { name: 'a type that nobody knows', body: withType('"Customer"'), blamed: type },
  { name: 'an empty type', body: withType('""'), blamed: type },
  { name: 'a number as type', body: withType('1'), blamed: type },
  { name: 'null as type', body: withType('null'), blamed: type },
  { name: 'a list as type', body: withType('["User"]'), blamed: type },
  { name: 'no type', body: '{"reference":"r"}', blamed: missingType },
  { name: 'no reference', body: '{"type":"User"}', blamed: missing },
  { name: 'an empty reference', body: withReference('""'), blamed: empty },
  { name: 'a reference of 256 characters', body: withReference(`"${'x'.repeat(256)}"`), blamed: tooLong },
  { name: 'a reference of 256 emoji', body: withReference(`"${'\u{1F600}'.repeat(256)}"`), blamed: tooLong },
  { name: 'null as reference', body: withReference('null'), blamed: notText },
  { name: 'a number as reference', body: withReference('12'), blamed: notText },
  { name: 'a truth value as reference', body: withReference('true'), blamed: notText },
  { name: 'an object as reference', body: withReference('{"a":"b"}'), blamed: notText },
  { name: 'a list as reference', body: withReference('["r"]'), blamed: notText },
  { name: 'NUL in a reference', body: withReference('"a\\u0000b"'), blamed: broken },
  { name: 'a lone high surrogate in a reference', body: withReference('"\\ud800"'), blamed: broken },
  { name: 'a lone low surrogate in a reference', body: withReference('"a\\udc00"'), blamed: broken },
  { name: 'surrogates in the wrong order', body: withReference('"\\udc00\\ud800"'), blamed: broken },
  { name: 'neither field', body: '{}', blamed: [...missing, ...missingType] },
  { name: 'keys in another case', body: '{"Reference":"r","Type":"User"}', blamed: [...missing, ...missingType] },
  { name: 'an empty reference and a wrong type', body: '{"reference":"","type":"user"}', blamed: [...empty, ...type] },
  { name: 'no reference and a wrong type', body: '{"type":"user"}', blamed: [...missing, ...type] },
  { name: 'null for both', body: '{"reference":null,"type":null}', blamed: [...notText, ...type] },
]

const badBodies = [
  { name: 'a list', body: '[{"reference":"r","type":"User"}]' },
  { name: 'a text', body: '"r"' },
  { name: 'null', body: 'null' },
  { name: 'a number', body: '5' },
  { name: 'nothing', body: '' },
  { name: 'spaces', body: '  ' },
  { name: 'half an object', body: '{"reference":"r"' },
  { name: 'two objects', body: '{"reference":"r","type":"User"}{}' },
  { name: 'single quotes', body: "{'reference':'r','type':'User'}" },
  { name: 'a comma too many', body: '{"reference":"r","type":"User",}' },
  { name: 'a form', body: 'reference=r&type=User' },
  { name: 'a __proto__ key', body: '{"reference":"r","type":"User","__proto__":{"admin":true}}' },
  { name: 'a __proto__ key in escapes', body: '{"reference":"r","type":"User","\\u005f_proto__":{"admin":true}}' },
  { name: 'a constructor key', body: '{"reference":"r","type":"User","constructor":{"prototype":{"admin":true}}}' },
] as const

async function expectNothingStored(): Promise<void> {
  const [row] = await database.db.query<{ count: string }>('select count(*) from profiles where app_id = $1', [
    tenant.ctx.appId,
  ])
  expect(row?.count).toBe('0')
}

describe.each(faces)('$name', (face) => {
  describe('400', () => {
    it.each(badInput)('$name: every broken field is named once, and nothing is stored', async ({ body, blamed }) => {
      const response = await post(api, face, tenant.apiKey.secret, body)
      expectError(response, face, errors.invalidInput, blamed)
      await expectNothingStored()
    })

    it.each(badBodies)('$name as the body: no field is blamed, and nothing is stored', async ({ body }) => {
      const response = await post(api, face, tenant.apiKey.secret, body)
      expectError(response, face, errors.badRequest)
      await expectNothingStored()
    })

    it('bytes that are no UTF-8', async () => {
      for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]]) {
        const body = Buffer.concat([Buffer.from('{"reference":"'), Buffer.from(bytes), Buffer.from('","type":"User"}')])
        expectError(await post(api, face, tenant.apiKey.secret, body), face, errors.badRequest)
      }
      await expectNothingStored()
    })

    it('no body and no content type', async () => {
      const headers = { 'x-api-key': tenant.apiKey.secret, ...face.headers }
      const response = await api.server.inject({ method: 'POST', url: face.path, headers })
      expectError(response, face, errors.badRequest)
    })
  })

  describe('413', () => {
    it('a body above 1 MiB, though it is valid', async () => {
      const body = withReference('"r"') + ' '.repeat(1_048_577 - withReference('"r"').length)
      const response = await post(api, face, tenant.apiKey.secret, body)
      expectError(response, face, errors.tooLarge)
      await expectNothingStored()
    })
  })

  describe('415', () => {
    it.each([
      ['text', 'text/plain'],
      ['a form', 'application/x-www-form-urlencoded'],
      ['a form with parts', 'multipart/form-data; boundary=x'],
      ['what only begins like JSON', 'application/jsonp'],
      ['a content type that is none', 'nonsense'],
      ['JSON in Latin-1', 'application/json; charset=iso-8859-1'],
      ['JSON in UTF-16', 'application/json; charset=utf-16'],
    ])('%s', async (_, contentType) => {
      const response = await post(api, face, tenant.apiKey.secret, withReference('"r"'), {
        'content-type': contentType,
      })
      expectError(response, face, errors.mediaType)
      await expectNothingStored()
    })

    it('a body whose content type is not said', async () => {
      const headers = { 'x-api-key': tenant.apiKey.secret, ...face.headers }
      const response = await api.server.inject({
        method: 'POST',
        url: face.path,
        headers,
        payload: withReference('"r"'),
      })
      expectError(response, face, errors.mediaType)
      await expectNothingStored()
    })
  })
})

it.each(printedFaces)('$name: no refusal repeats what was sent', async (face) => {
  const marker = 'zq7-not-to-be-echoed'
  const bodies: [string, ExpectedError][] = [
    [`{"reference":"r","type":"${marker}"}`, errors.invalidInput],
    [`{"reference":"${marker}\\u0000","type":"User"}`, errors.invalidInput],
    [`{"${marker}`, errors.badRequest],
    [`{"reference":["${marker}"],"type":"User"}`, errors.invalidInput],
  ]
  for (const [body, { status }] of bodies) {
    const response = await post(api, face, tenant.apiKey.secret, body)
    expect(response.statusCode).toBe(status)
    expect(response.body).not.toContain(marker)
  }
  const page = await list(api, face, tenant.apiKey.secret, `?take=${marker}`)
  expect(page.statusCode).toBe(400)
  expect(page.body).not.toContain(marker)
})
