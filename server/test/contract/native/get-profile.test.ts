import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

/** Asserts that the path answers the profile. */
async function expectFound(path: string, id: string): Promise<void> {
  const answer = await client.get(path)
  expect(answer.statusCode, `${path}: ${answer.body}`).toBe(200)
  expect(answer.json().id).toBe(id)
}

describe('GET /facet/v1/profiles/:profile: 200', () => {
  it('finds a profile by its id, in either case, and by its uid', async () => {
    const { id, uid } = await client.make({})
    await expectFound(`/profiles/${id}`, id)
    await expectFound(`/profiles/${id.toUpperCase()}`, id)
    await expectFound(pathBy('uid', uid), id)
  })

  it.each([
    ['with slashes', 'a/b//c/'],
    ['with percent signs', '100%/%2F%25'],
    ['with emoji', '👩‍👩‍👧 family'],
    ['with a question mark, a hash and a plus', 'a?b#c+d e'],
    ['with dots', '../..'],
    ['with colons', 'reference:uid:1'],
    ['with a line break', 'one\ntwo'],
    ['of 255 characters of four bytes each', '😀'.repeat(255)],
    ['that looks like a uuid', '0b7c9a52-3c5f-7f0e-9d0a-5f2f6f0f3a11'],
  ])('finds a profile by a reference %s, percent-encoded', async (_, reference) => {
    const { id } = await client.make({ reference })
    await expectFound(pathBy('reference', reference), id)
  })

  it('takes a uuid for an id and never for a reference', async () => {
    const { id } = await client.make({})
    const other = await client.make({ reference: id })
    await expectFound(`/profiles/${id}`, id)
    await expectFound(pathBy('reference', id), other.id)
  })

  it('finds a profile by its username and e-mail in any case, width and composition', async () => {
    const { id } = await client.make({ username: 'Zoë.Öz', email: 'Zoë@Exämple.com' })
    for (const username of ['Zoë.Öz', 'ZOË.ÖZ', 'zoe\u0308.o\u0308z', 'Ｚｏë．öｚ']) {
      await expectFound(pathBy('username', username), id)
    }
    for (const email of ['zoë@exämple.com', 'ZOE\u0308@EXA\u0308MPLE.COM'])
      await expectFound(pathBy('email', email), id)
  })

  it('finds a profile by its phone in any format that has its calling code', async () => {
    const { id, phone } = await client.make({ phone: '+1 (415) 555-2671' })
    expect(phone).toBe('+14155552671')
    for (const text of [
      '+14155552671',
      '+1 415 555 2671',
      '+1-415.555.2671',
      '+1 (415) 555-2671',
      '＋１４１５５５５２６７１',
    ]) {
      await expectFound(pathBy('phone', text), id)
    }
  })

  it('answers HEAD with the headers of GET and no body', async () => {
    const { id } = await client.make({ label: 'ä' })
    const get = await client.get(`/profiles/${id}`)
    const head = await client.call('HEAD', `/profiles/${id}`)
    expect(head.statusCode).toBe(200)
    expect(head.body).toBe('')
    for (const name of ['etag', 'content-type', 'content-length']) expect(head.headers[name]).toBe(get.headers[name])
  })

  it('passes over the body of a GET', async () => {
    const { id } = await client.make({})
    const answer = await client.call('GET', `/profiles/${id}`, 'not json', { 'content-type': 'text/plain' })
    expect(answer.statusCode).toBe(200)
  })
})

describe('GET /facet/v1/profiles/:profile: 304', () => {
  it.each(['"1"', 'W/"1"', '"7", "1"', '"a,b" , W/"1"', '*'])(
    'answers If-None-Match: %s without a body',
    async (tag) => {
      const { id } = await client.make({})
      const answer = await client.get(`/profiles/${id}`, { 'if-none-match': tag })
      expect(answer.statusCode).toBe(304)
      expect(answer.body).toBe('')
      expect(answer.headers.etag).toBe('"1"')
      expect(answer.headers['content-type']).toBeUndefined()
    },
  )

  it.each(['"2"', '"01"', '1', 'W/1', '"1', 'nonsense', ''])('answers in full under If-None-Match: %s', async (tag) => {
    const { id } = await client.make({})
    const answer = await client.get(`/profiles/${id}`, { 'if-none-match': tag })
    expect(answer.statusCode).toBe(200)
    expect(answer.json().id).toBe(id)
  })
})

describe('GET /facet/v1/profiles/:profile: 403', () => {
  it('refuses a key without profiles:read, whether the profile is there or not', async () => {
    const tenant = await api.newTenant()
    const { id } = await clientOf(api, tenant.apiKey).make({})
    const writer = clientOf(api, await api.newKey(tenant, ['profiles:write']))
    expectProblem(await writer.get(`/profiles/${id}`), 403, 'scope_missing')
    expectProblem(await writer.get('/profiles/nobody'), 403, 'scope_missing')
  })
})

describe('GET /facet/v1/profiles/:profile: 404', () => {
  it.each([
    '/profiles/01900000-0000-7000-8000-000000000000',
    '/profiles/nobody',
    '/profiles/uid:100000000000',
    '/profiles/uid:0',
    '/profiles/uid:999999999999999999999999',
    '/profiles/uid:abc',
    '/profiles/reference:nobody',
    '/profiles/reference:',
    '/profiles/reference:%00',
    '/profiles/username:%00',
    '/profiles/email:nobody%40example.com',
    '/profiles/phone:%2B4930901820',
    '/profiles/phone:nonsense',
    '/profiles/Reference:nobody',
    '/profiles/number:1',
    '/profiles/:',
  ])('knows no profile under %s', async (path) => {
    expectProblem(await client.get(path), 404, 'profile_not_found')
  })

  it('answers HEAD without a body', async () => {
    const answer = await client.call('HEAD', '/profiles/nobody')
    expect(answer.statusCode).toBe(404)
    expect(answer.body).toBe('')
  })
})
