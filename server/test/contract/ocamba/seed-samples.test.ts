import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { clientOf, newTenant } from './client.ts'
import {
  badRequest,
  created,
  curlSample,
  exampleCountry,
  exampleProfile,
  fetchSample,
  host,
  obfuscatedEmail,
  phpSample,
  profilesUrl,
  rawRequest,
} from './fixtures/seed-001.ts'

// The page's own samples over a real socket. Only the host of the URL is another, as for a client that moves.

const database = useDatabase()
const api = useApi(database)
const run = promisify(execFile)

let url: string
beforeAll(async () => {
  url = await listenOnLoopback(api.server)
})

const moved = (sample: string) => sample.replaceAll(host, url)

interface Answer {
  readonly status: number
  readonly statusText: string
  readonly type: string | null
  readonly body: string
}

/** Reads an HTTP/1.1 answer as it is on the wire. */
function parseAnswer(wire: string): Answer {
  const [head = '', body = ''] = wire.split(/\r\n\r\n(.*)/s)
  const [, status, statusText = ''] = /^HTTP\/1\.1 (\d{3}) (.*)$/m.exec(head) ?? []
  const type = /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? null
  return { status: Number(status), statusText: statusText.trim(), type, body }
}

/** "POST … HTTP/1.1": the request as it is printed, through a bare socket. */
async function byWire(secret: string, body: string = JSON.stringify(exampleProfile, null, 2)): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(rawRequest(secret, body))
  return parseAnswer(await text(socket))
}

/** "curl …": the sample by a shell, asked to show the headers as well. */
async function byCurl(secret: string): Promise<Answer> {
  const { status } = spawnSync('curl', ['--version'])
  if (status !== 0)
    throw new Error('The samples need curl, and there is none. Install it (Debian: apt-get install curl).')
  const sample = moved(curlSample).replace('curl ', 'curl -q --silent --show-error --include --noproxy "*" ')
  const { stdout } = await run('sh', ['-c', sample], { env: { ...process.env, TOKEN: secret } })
  return parseAnswer(stdout)
}

/** "fetch(…)". */
async function byFetch(secret: string): Promise<Answer> {
  const response = await fetchSample(moved(profilesUrl), secret)
  const { status, statusText } = response
  return { status, statusText, type: response.headers.get('content-type'), body: await response.text() }
}

const hasPhp = spawnSync('php', ['-r', 'exit(extension_loaded("curl") ? 0 : 1);']).status === 0

/** The PHP sample, run whole; what it leaves in $response and $ch is written out. */
async function byPhp(secret: string): Promise<Answer> {
  const script = `$token = getenv("TOKEN");
${moved(phpSample)}
echo json_encode(["status" => curl_getinfo($ch, CURLINFO_RESPONSE_CODE), "type" => curl_getinfo($ch, CURLINFO_CONTENT_TYPE), "body" => $response]);`
  const { stdout } = await run('php', ['-r', script], { env: { ...process.env, TOKEN: secret, no_proxy: '*' } })
  const { status, type, body } = JSON.parse(stdout)
  return { status, statusText: status === 201 ? 'Created' : 'Bad Request', type, body }
}

/** The first call creates; the second one, with the same contacts, is refused in the shape of the page. */
async function expectSample(call: (secret: string) => Promise<Answer>): Promise<void> {
  const { apiKey } = await newTenant(api, database)
  const first = await call(apiKey.secret)
  expect([first.status, first.statusText, first.type]).toEqual([
    created.status,
    created.statusText,
    created.contentType,
  ])
  const { id, ...profile } = JSON.parse(first.body)
  expect(profile).toMatchObject({ ...exampleProfile, country_code: exampleCountry })
  expect((await clientOf(api, apiKey).show(id)).email).toBe(exampleProfile.email)

  const second = await call(apiKey.secret)
  expect([second.status, second.statusText, second.type]).toEqual([
    badRequest.status,
    badRequest.statusText,
    badRequest.contentType,
  ])
  expect(Object.keys(JSON.parse(second.body))).toEqual(Object.keys(badRequest.body))
  expect(JSON.parse(second.body)).toMatchObject({ code: 400, title: badRequest.body.title })
}

describe('The samples of the page create the example profile', () => {
  it('as the request is printed', () => expectSample(byWire))
  it('by curl', () => expectSample(byCurl))
  it('by fetch', () => expectSample(byFetch))
  it.skipIf(!hasPhp)('by PHP, where the machine has it with its curl extension', () => expectSample(byPhp))
})

describe('What the page prints and is no value', () => {
  it('is 400 for the address that its publishing made, with the body that the page prints', async () => {
    const { apiKey } = await newTenant(api, database)
    const body = JSON.stringify({ ...exampleProfile, email: obfuscatedEmail })
    const answer = await byWire(apiKey.secret, body)
    expect(answer).toMatchObject({ status: 400, statusText: badRequest.statusText, type: badRequest.contentType })
    const { trace_id: traceId, ...rest } = JSON.parse(answer.body)
    expect({ ...rest, trace_id: badRequest.body.trace_id }).toEqual(badRequest.body)
    expect(traceId).not.toBe(badRequest.body.trace_id)
  })

  it('is 401 for a token that was not put in', async () => {
    expect((await byWire('YOUR_SECRET_TOKEN')).status).toBe(401)
  })
})
