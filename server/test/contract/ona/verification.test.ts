import { beforeAll, describe, expect, it } from 'vitest'
import { listOutbox } from '../../../src/core/mail/mail.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, mounts, newSite, type Person } from './client.ts'

// docs/dialects/ona.md, "Verify an e-mail".

const publicUrl = 'https://profiles.example.com'
const database = useDatabase()
const api = useApi(database, { publicUrl })

const sendPath = '/profiles/send_verification_email'
let site: Client
let ada: Person
let bob: Person
beforeAll(async () => {
  site = await newSite(api, database)
  ada = await site.person('ada.l')
  bob = await site.person('bob.m')
})

/** The link of the last mail of the app. */
async function lastLink(client: Client): Promise<string> {
  const [mail] = (await listOutbox(client.ctx, { limit: 1 })).items
  return /https?:\S+/.exec(mail?.text ?? '')?.[0] ?? ''
}

const keyOf = (link: string) => new URL(link).searchParams.get('verification_key') ?? ''
const verify = (client: Client, key: string) => client.get(`/profiles/verify_email?verification_key=${key}`)

describe('POST send_verification_email', () => {
  it.each(mounts)(
    '200: mails a link that begins with the public address, never with the request’s host: %s',
    async (mount) => {
      const answer = await site.call('POST', sendPath, { as: ada, body: { username: 'ada.l' }, mount })
      expect([answer.statusCode, answer.body]).toEqual([200, '"Verification email has been sent"'])
      const [mail] = (await listOutbox(site.ctx, { limit: 1 })).items
      expect(mail).toMatchObject({ to: ada.email, subject: 'Verify your e-mail address' })
      const link = await lastLink(site)
      expect(link).toMatch(
        /^https:\/\/profiles\.example\.com\/api\/v1\/profiles\/verify_email\?verification_key=[0-9a-f]{40}$/,
      )
    },
  )

  it('200: takes no body, and names in any case', async () => {
    expect((await site.call('POST', sendPath, { as: ada })).statusCode).toBe(200)
    expect((await site.call('POST', sendPath, { as: ada, body: { username: 'ADA.L' } })).statusCode).toBe(200)
  })

  it('401, 403: for a visitor, and for another’s name', async () => {
    const visitor = await site.call('POST', sendPath, { body: { username: 'ada.l' } })
    expect([visitor.statusCode, visitor.body]).toEqual([
      401,
      '{"detail":"Authentication credentials were not provided."}',
    ])
    const other = await site.call('POST', sendPath, { as: bob, body: { username: 'ada.l' } })
    expect([other.statusCode, other.body]).toEqual([
      403,
      '{"detail":"You do not have permission to perform this action."}',
    ])
  })

  it('429: past ten mails to one address in an hour, with Retry-After', async () => {
    const eager = await site.person('eager.one')
    const statuses: number[] = []
    for (let i = 0; i < 11; i++) statuses.push((await site.call('POST', sendPath, { as: eager })).statusCode)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429])
  })

  it('503: in a live app without a mail server', async () => {
    const live = await newSite(api, database, {
      mode: 'live',
      settings: { selfService: { enabled: true, registration: true } },
    })
    const person = await live.person('carl')
    const answer = await live.call('POST', sendPath, { as: person })
    expect([answer.statusCode, answer.body]).toEqual([
      503,
      '{"detail":"Service temporarily unavailable, try again later."}',
    ])
  })
})

describe('GET verify_email', () => {
  it('200: notes that the address is verified, in the metadata and for every dialect; 400 for the same key again', async () => {
    const person = await site.person('dora')
    await site.call('POST', sendPath, { as: person })
    const key = keyOf(await lastLink(site))
    const answer = await verify(site, key)
    expect([answer.statusCode, answer.body]).toEqual([200, '{"verified_email":true,"username":"dora"}'])
    expect((await site.get('/profiles/dora', person)).json().metadata).toMatchObject({ is_email_verified: true })
    const [row] = await database.db.query<{ at: Date | null }>(
      'select email_verified_at as at from profiles where app_id = $1 and number = $2',
      [site.ctx.appId, person.id],
    )
    expect(row?.at).toBeInstanceOf(Date)
    const again = await verify(site, key)
    expect([again.statusCode, again.body]).toEqual([400, '["Missing or invalid verification key"]'])
  })

  it('400: for no key, an unknown one, one of another site, and one of an address that was left', async () => {
    const stranger = await newSite(api, database)
    await site.call('POST', sendPath, { as: bob })
    const key = keyOf(await lastLink(site))
    for (const answer of [
      await site.get('/profiles/verify_email'),
      await verify(site, '0'.repeat(40)),
      await verify(stranger, key),
    ]) {
      expect([answer.statusCode, answer.body]).toEqual([400, '["Missing or invalid verification key"]'])
    }
    const moved = await site.patch('/profiles/bob.m', { email: 'bob@example.org', password: bob.password }, bob)
    expect(moved.statusCode).toBe(200)
    expect((await verify(site, key)).statusCode).toBe(400)
  })

  it('405: for other methods; nobody can be called like these paths', async () => {
    expect((await site.call('POST', '/profiles/verify_email', { as: ada, body: {} })).statusCode).toBe(405)
    expect((await site.get(sendPath, ada)).statusCode).toBe(405)
    for (const username of ['verify_email', 'Send_Verification_Email']) {
      const answer = await site.register({ username, first_name: 'X', email: 'x@example.com' })
      expect(answer.json().username).toEqual([`${username.toLowerCase()} is a reserved name, please choose another`])
    }
  })
})
