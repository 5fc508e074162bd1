import { execFile } from 'node:child_process'
import { pbkdf2Sync } from 'node:crypto'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { importPasswordHash } from '../../../src/core/credentials/credentials.service.ts'
import { makeDefaultApp } from '../../../src/core/organizations/organizations.service.ts'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import * as seed from './fixtures/seed-003.ts'

// The document's own commands over a real socket, in their order, by people who bring their passwords along. Each test goes on
// where the one before it ended.

const database = useDatabase()
const api = useApi(database)
// Nothing of this machine's settings (proxies, a .curlrc) reaches the samples.
const environment = { PATH: process.env.PATH ?? '' }
const run = promisify(execFile)

let base: string
let moved: (username: string, password: string) => Promise<void>

beforeAll(async () => {
  const text = 'insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)'
  await database.db.query(text, ['test', Buffer.alloc(1)])
  const { ctx } = await api.newTenant()
  await makeDefaultApp(database.system(), ctx.appId)
  base = await listenOnLoopback(api.server)
  moved = async (username, password) => {
    const key = pbkdf2Sync(password, 'salt', 1_000, 32, 'sha256').toString('base64')
    await importPasswordHash(ctx, { by: 'username', value: username }, `pbkdf2_sha256$1000$salt$${key}`)
  }
})

type Mend = readonly [why: string, printed: string, mended: string]

const quotes: readonly Mend[] = [
  ['the page made typographic quotes of those that a shell knows', '‘', "'"],
  ['the same at the end', '’', "'"],
]
const signedIn = (login: string): Mend => [
  'the page leaves out how its reader is signed in',
  'curl -X',
  `curl -u '${login}' -X`,
]
const allowed: Mend = [
  'the vendor’s own validators call password2 too common',
  'password=password2',
  'password=plum-Orchard-77',
]

/** Runs a sample with these mends, for another host; each of them must be needed. */
async function curl(sample: string, mends: readonly Mend[] = []): Promise<{ status: string; body: string }> {
  const all: readonly Mend[] = [...mends, ['a client that moves changes the host', seed.host, base]]
  const script = all.reduce((text, [, printed, mended]) => replaceOnce(text, printed, mended), sample)
  const asked = replaceOnce(script, 'curl ', "curl -q --silent --show-error --include --noproxy '*' ")
  const { stdout } = await run('sh', ['-c', asked], { env: environment }).catch((error) => {
    // The shell's status for a command that is not there.
    throw error.code === 127 ? new Error('curl is missing: install it, the document’s samples need it') : error
  })
  const [head = '', body = ''] = stdout.split('\r\n\r\n')
  return { status: head.split('\r\n')[0] ?? '', body }
}

/** Replaces a text that stands there exactly once. */
function replaceOnce(whole: string, printed: string, by: string): string {
  const parts = whole.split(printed)
  if (parts.length !== 2) throw new Error(`"${printed}" stands in the sample ${parts.length - 1} times`)
  return parts.join(by)
}

/** The answer in the document's words: its host and its picture, which ends where the page cut it off, in the place of ours. */
function asPrinted(person: Record<string, unknown>): Record<string, unknown> {
  const { gravatar, joined_on, url, user } = person as Record<'gravatar' | 'joined_on' | 'url' | 'user', string>
  expect(gravatar).toMatch(/^https:\/\/secure\.gravatar\.com\/avatar\/[\da-f]{32}\?d=/)
  expect(joined_on).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const links = { url: url.replace(base, seed.host), user: user.replace(base, seed.host) }
  const pictured = { gravatar: seed.profile.gravatar, joined_on: seed.profile.joined_on }
  const { id, is_org, name, ...printed } = { ...person, ...links, ...pictured } as Record<string, unknown>
  expect([typeof id, is_org, name]).toEqual(['number', false, 'Demo User'])
  return printed
}

/** The document's person as they are by now, in the order of its keys. */
const expected = (changes: object) => JSON.stringify({ ...seed.profile, city: 'Kisumu', country: 'KE', ...changes })
const demo = signedIn('demo:password')
const ok = 'HTTP/1.1 200 OK'
/** What a new e-mail leaves in the metadata, which the page does not show. */
const unverified = { is_email_verified: false }

async function register(person: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${base}/api/v1/profiles`, { method: 'POST', headers, body: JSON.stringify(person) })
}

describe('the samples of the document, by curl', () => {
  it('register: the payload of the example', async () => {
    const response = await register(seed.registration)
    expect([response.status, response.statusText]).toEqual([201, 'Created'])
    const { email, ...printed } = JSON.parse(expected({})) as Record<string, unknown>
    expect(email).toBe(seed.registration.email)
    expect(JSON.stringify(asPrinted((await response.json()) as Record<string, unknown>))).toBe(JSON.stringify(printed))
    await moved('demo', 'password')
  })

  it('list: "Anonymous users will get an empty result", authenticated ones "their own profiles"', async () => {
    expect(await curl(seed.listSample)).toEqual({ status: ok, body: '[]' })
    const { status, body } = await curl(seed.listSample, [demo])
    expect([status, JSON.parse(body).length]).toEqual([ok, 1])
    expect(JSON.stringify(asPrinted(JSON.parse(body)[0]))).toBe(expected({}))
  })

  it('list of others: those that are named, for an authenticated user', async () => {
    for (const username of ['charlene', 'bob', 'alice']) {
      await register({ username, first_name: username, email: `${username}@localhost.com` })
    }
    expect(await curl(seed.listOthersSample)).toEqual({ status: ok, body: '[]' })
    const { body } = await curl(seed.listOthersSample, [demo])
    expect(JSON.parse(body).map(({ username }: { username: string }) => username)).toEqual(['alice', 'bob', 'charlene'])
  })

  it('retrieve', async () => {
    const { status, body } = await curl(seed.retrieveSample, [demo])
    expect([status, JSON.stringify(asPrinted(JSON.parse(body)))]).toEqual([ok, expected({})])
    const visitor = await curl(seed.retrieveSample)
    expect([visitor.status, JSON.parse(visitor.body).email]).toEqual([ok, undefined])
  })

  it('partial update of the country', async () => {
    const { status, body } = await curl(seed.patchSample, [...quotes, demo])
    expect([status, JSON.stringify(asPrinted(JSON.parse(body)))]).toEqual([ok, expected({ country: 'KE' })])
    expect((await curl(seed.patchSample, quotes)).status).toBe('HTTP/1.1 401 Unauthorized')
  })

  it('partial update of the e-mail, with the password', async () => {
    const { status, body } = await curl(seed.emailSample, [...quotes, demo])
    const changes = { email: 'updated@email.com', metadata: unverified }
    expect([status, JSON.stringify(asPrinted(JSON.parse(body)))]).toEqual([ok, expected(changes)])
    const without: Mend = ['without the password', ', "password": "password"', '']
    const refused = await curl(seed.emailSample, [...quotes, demo, without])
    expect(refused.body).toBe('["Your password is required when updating your email address."]')
  })

  it('partial update of the metadata: the one key, beside those that are there', async () => {
    // "if a user’s metadata was {"metadata": {"a": "Aaah", "b": "Baah"}}"
    const before: Mend = [
      'what was there',
      '{"metadata": {"b": "Beeh"}, "overwrite": "false"}',
      JSON.stringify({ metadata: seed.metadata.before }),
    ]
    await curl(seed.metadataSample, [...quotes, demo, before])
    const { status, body } = await curl(seed.metadataSample, [...quotes, demo])
    const changes = { email: 'updated@email.com', metadata: seed.metadata.after }
    expect([status, JSON.stringify(asPrinted(JSON.parse(body)))]).toEqual([ok, expected(changes)])
  })

  it('change of the password; the old one is refused then, and the new one is taken', async () => {
    await register({ ...seed.registration, username: 'demouser', email: 'demouser@localhost.com' })
    await moved('demouser', 'password1')
    const before = signedIn('demouser:password1')
    const common = await curl(seed.passwordSample, [before])
    expect(common.body).toBe('{"errors":["This password is too common."]}')
    const { status, body } = await curl(seed.passwordSample, [before, allowed])
    expect([status, Object.keys(JSON.parse(body))]).toEqual([ok, ['username', 'access_token', 'temp_token']])
    expect((await curl(seed.passwordSample, [before, allowed])).status).toBe('HTTP/1.1 401 Unauthorized')
    expect((await curl(seed.listSample, [before])).body).toBe('{"detail":"Invalid username/password."}')
    expect((await curl(seed.listSample, [signedIn('demouser:plum-Orchard-77')])).status).toBe(ok)
  })
})
