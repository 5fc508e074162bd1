import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  created,
  createHeaders,
  duplicate,
  exampleProfile,
  list,
  listHeaders,
  profilesUrl,
} from './fixtures/seed-000.ts'

// The document's own sample calls over a real socket. Only the host of the URL is another, as for a client that moves.

const database = useDatabase()
const api = useApi(database)

let url: string
beforeAll(async () => {
  url = profilesUrl.replace('https://sandbox.oumla.com', await listenOnLoopback(api.server))
})

interface Answer {
  readonly status: number | undefined
  readonly statusText: string | undefined
  readonly body: string
}

/** Sends exactly these headers and, with a body, its length: what a client in another language puts on the wire. */
async function send(method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
  const outgoing = request(url, { method, headers: { ...headers, ...length } })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: incoming.statusCode, statusText: incoming.statusMessage, body: await text(incoming) }
}

/** "TypeScript": fetch with JSON.stringify. */
async function byFetch(method: string, headers: Record<string, string>, profile?: object): Promise<Answer> {
  const response = await fetch(url, { method, headers, ...(profile && { body: JSON.stringify(profile) }) })
  return { status: response.status, statusText: response.statusText, body: await response.text() }
}

/** "TypeScript (Axios)": axios.post with an object, axios.get. */
function byAxios(method: string, headers: Record<string, string>, profile?: object): Promise<Answer> {
  const own = {
    Accept: 'application/json, text/plain, */*',
    'User-Agent': 'axios/1.6.5',
    'Accept-Encoding': 'gzip, compress, deflate, br',
  }
  return send(method, { ...own, ...headers }, profile && JSON.stringify(profile))
}

/** "Python": requests.post with data=json.dumps(data), which writes spaces and escapes what is not ASCII. */
function byRequests(method: string, headers: Record<string, string>, profile?: object): Promise<Answer> {
  const own = {
    'User-Agent': 'python-requests/2.31.0',
    'Accept-Encoding': 'gzip, deflate',
    Accept: '*/*',
    Connection: 'keep-alive',
  }
  return send(method, { ...own, ...headers }, profile && jsonDumps(profile))
}

function jsonDumps(value: object): string {
  const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`)
  return `{${pairs.join(', ')}}`.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

describe.each([
  ['TypeScript', byFetch],
  ['TypeScript (Axios)', byAxios],
  ['Python', byRequests],
])('the sample calls in %s', (_, call) => {
  it('create the example profile, and are told 404 when they do it again', async () => {
    const { apiKey } = await api.newTenant()
    const first = await call('POST', createHeaders(apiKey.secret), exampleProfile)
    expect(first).toEqual({ status: created.status, statusText: 'Created', body: created.body })
    const second = await call('POST', createHeaders(apiKey.secret), exampleProfile)
    expect([second.status, second.statusText]).toEqual([duplicate.status, duplicate.statusText])
    expect(JSON.parse(second.body)).toMatchObject({ message: duplicate.sentence })
  })

  it('list the example profile in the document’s shape', async () => {
    const { apiKey } = await api.newTenant()
    await call('POST', createHeaders(apiKey.secret), exampleProfile)
    const answer = await call('GET', listHeaders(apiKey.secret))
    expect(answer.status).toBe(list.status)
    const body = JSON.parse(answer.body)
    expect(Object.keys(body)).toEqual(list.keys)
    expect(Object.keys(body.profiles[0])).toEqual(list.itemKeys)
    expect(body).toMatchObject({ ...list.paging, profiles: [exampleProfile] })
  })

  it('carry references of any script', async () => {
    const { apiKey } = await api.newTenant()
    const profile = { reference: 'café \u{1F600} عميل', type: 'Merchant' }
    const answer = await call('POST', createHeaders(apiKey.secret), profile)
    expect(answer.status).toBe(201)
    expect(JSON.parse(answer.body)).toEqual({ message: 'Profile created', profile })
  })

  it('are told 400 Bad Request for a wrong type and 401 for the placeholder key', async () => {
    const { apiKey } = await api.newTenant()
    const wrong = await call('POST', createHeaders(apiKey.secret), { ...exampleProfile, type: 'Admin' })
    expect([wrong.status, wrong.statusText]).toEqual([400, 'Bad Request'])
    const unkeyed = await call('GET', listHeaders('Your API Key'))
    expect([unkeyed.status, unkeyed.body]).toEqual([401, '{"message":"Unauthorized","errors":[]}'])
  })
})

describe('a body whose content type is not said', () => {
  it('is refused with 415 by name, also over a real socket', async () => {
    const { apiKey } = await api.newTenant()
    const answer = await send('POST', listHeaders(apiKey.secret), JSON.stringify(exampleProfile))
    expect(answer).toEqual({
      status: 415,
      statusText: 'Unsupported Media Type',
      body: '{"message":"Unsupported Media Type","errors":[]}',
    })
  })
})
