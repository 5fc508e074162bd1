import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { credentials, get, type Pair, tokenOf } from './client.ts'
import { created, host, mends, printedSample, requestExample, sampleUser, userPath } from './fixtures/seed-004.ts'

// The document's own sample over a real socket. Only the host of the URL is another, as for a client that moves.

const database = useDatabase()
const api = useApi(database)
// Nothing of this machine's settings (proxies, a .curlrc) reaches the sample.
const environment = { PATH: process.env.PATH ?? '' }
const run = promisify(execFile)

let base: string
beforeAll(async () => {
  base = await listenOnLoopback(api.server)
})

/** Replaces a text that stands there exactly once. */
function replaceOnce(whole: string, printed: string, by: string): string {
  const parts = whole.split(printed)
  if (parts.length !== 2) throw new Error(`"${printed}" stands in the sample ${parts.length - 1} times`)
  return parts.join(by)
}

/** The sample, mended, for another host. */
function sampleFor({ key, secret }: Pair): string {
  const mended = mends(key, tokenOf(secret)).reduce(
    (sample, [, text, by]) => replaceOnce(sample, text, by),
    printedSample,
  )
  return replaceOnce(mended, host, base)
}

const createdBody = /^\{"success":true,"data":\{"uid":"([1-9]\d{11})"\}\}$/

describe('the sample of the document, by curl', () => {
  async function curl(script: string): Promise<{ head: string; body: string }> {
    const { stdout } = await run('sh', ['-c', script], { env: environment }).catch((error) => {
      // The shell's status for a command that is not there.
      throw error.code === 127 ? new Error('curl is missing: install it, the document’s sample needs it') : error
    })
    const [head = '', body = ''] = stdout.split('\r\n\r\n')
    return { head, body }
  }

  it('creates the user that it names, and is told the uid in the document’s shape', async () => {
    const { apiKey } = await api.newTenant()
    const { head, body } = await curl(sampleFor(apiKey))
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${created.status} ${created.statusText}\r\n`))
    expect(head).toMatch(/\r\ncontent-type: application\/json; charset=utf-8(\r\n|$)/)
    const uid = createdBody.exec(body)?.[1] ?? ''
    expect(uid.length).toBe(created.body.data.uid.length)
    const user = await get(api, `${userPath}/${uid}`, apiKey)
    expect(user.json().data).toMatchObject({ uid, ...sampleUser, wallets: [] })
  })

  it('is told when it runs a second time that the user exists', async () => {
    const { apiKey } = await api.newTenant()
    await curl(sampleFor(apiKey))
    const { head, body } = await curl(sampleFor(apiKey))
    expect(head).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
    expect(JSON.parse(body).error).toMatchObject({
      type: 'client_error',
      detail: [{ message: 'User already exists.' }, {}],
    })
  })

  it('is told 401 when its placeholders were left', async () => {
    const left = sampleFor({ key: 'API_KEY', secret: 'x' }).replace(/Bearer [^"]+/, 'Bearer TOKEN')
    const { head } = await curl(left)
    expect(head).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/)
  })

  it('is the document’s but for the mends: every other line is as printed', async () => {
    const printed = printedSample.split('\n')
    const sent = sampleFor({ key: 'API_KEY', secret: 'x' }).split('\n')
    const differing = printed.filter((line, index) => line !== sent[index])
    expect(sent.length).toBe(printed.length)
    expect(differing.map((line) => line.trim().slice(0, 12))).toEqual([
      '-X POST \\',
      '-d "{\\"user_',
      '-H "Authoriz',
      '"https://api',
    ])
  })
})

describe('the same by fetch', () => {
  async function byFetch(pair: Pair, body?: string): Promise<Response> {
    const headers = { 'Content-Type': 'application/json', ...credentials(pair) }
    return fetch(base + userPath, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
  }

  it('creates the user of the request example, and of the sample', async () => {
    const { apiKey } = await api.newTenant()
    for (const user of [requestExample, sampleUser]) {
      const response = await byFetch(apiKey, JSON.stringify(user))
      expect([response.status, response.statusText]).toEqual([created.status, created.statusText])
      const uid = createdBody.exec(await response.text())?.[1]
      const found = await fetch(`${base}${userPath}/${uid}`, { headers: credentials(apiKey) })
      expect(((await found.json()) as { data: unknown }).data).toMatchObject({ uid, ...user })
    }
  })

  it('takes the empty body that fetch sends without one: Content-Length: 0 under a JSON content type', async () => {
    const { apiKey } = await api.newTenant()
    const response = await byFetch(apiKey)
    expect([response.status, await response.text()]).toEqual([created.status, expect.stringMatching(createdBody)])
  })
})

describe('createUser() without an argument', () => {
  /** The bytes that the vendor's client writes (contracts/original.md 4.2, observed). */
  async function createUser(pair: Pair, headers: Record<string, string>): Promise<IncomingMessage> {
    const outgoing = request(base + userPath, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...credentials(pair), ...headers },
    })
    outgoing.end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    return incoming
  }

  it.each([
    ['Content-Length: 0', { 'Content-Length': '0' }],
    ['an empty chunked body', { 'Transfer-Encoding': 'chunked' }],
  ])('creates a user with %s', async (_, headers) => {
    const { apiKey } = await api.newTenant()
    const incoming = await createUser(apiKey, headers)
    expect([incoming.statusCode, await text(incoming)]).toEqual([created.status, expect.stringMatching(createdBody)])
  })
})
