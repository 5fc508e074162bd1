import { randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { getPersonTokens } from '../../src/core/credentials/profile-tokens.service.ts'
import { beginSession, endAllSessions } from '../../src/core/credentials/sessions.service.ts'
import { type UpdateAppInput, updateApp } from '../../src/core/organizations/organizations.service.ts'
import { deleteProfile, mergeProfiles } from '../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfileList } from '../../src/core/profile-lists/profile-lists.service.ts'
import { createProfile } from '../../src/core/profiles/profiles.service.ts'
import type { Profile, ProfileInput } from '../../src/core/profiles/profiles.types.ts'
import { addAddress } from '../../src/core/wallets/addresses.service.ts'
import { listEveryWalletOf } from '../../src/core/wallets/wallets.service.ts'
import { type TestTenant, useApi } from '../helpers/api.ts'
import { useCustodyKey } from '../helpers/custody.ts'
import { useDatabase } from '../helpers/database.ts'
import { makeWaitingWallets } from '../helpers/wallet-maker.ts'
import { bearer, callerOf, hostOf, signed } from './faces.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)
const call = callerOf(api)

interface Face {
  readonly dialect: string
  readonly request: { readonly method: 'GET'; readonly path: string; readonly headers: Record<string, string> }
  readonly status: number
  readonly body: string
}

/** A profile, and a token of its person for each dialect that has tokens of people. */
interface Subject {
  readonly id: string
  readonly tokens: Readonly<Record<string, string>>
}

const order = ['native', 'oumla', 'ocamba', 'epixel', 'ona', 'original']
let tenant: TestTenant
let somebody: string

async function newTenant(change: UpdateAppInput = {}): Promise<TestTenant> {
  const made = await api.newTenant()
  const limits = { perSecond: 100_000, perMinute: 100_000 }
  await updateApp(database.system(), made.ctx.appId, { settings: { limits }, hosts: [hostOf(made)] })
  await updateApp(database.system(), made.ctx.appId, change)
  return made
}

beforeAll(async () => {
  tenant = await newTenant()
  const other = await createProfile(tenant.ctx, { username: 'somebody.else' })
  somebody = (await getPersonTokens(tenant.ctx, other.id)).permanent
})

/** Signs the person in where they can be; where they have no token of their own, somebody else asks. */
async function subjectOf({ ctx }: TestTenant, { id, username }: Profile): Promise<Subject> {
  const { access } = await beginSession({ ...ctx, now: new Date() }, id)
  const ona = username === null ? somebody : (await getPersonTokens(ctx, id)).permanent
  return { id, tokens: { epixel: access, ona } }
}

async function faceList({ apiKey }: TestTenant, id: string, headers = {}): Promise<LightMyRequestResponse> {
  return call('GET', `/facet/v1/profiles/${id}/faces`, { authorization: `Bearer ${apiKey.secret}`, ...headers })
}

/** Asks what a face says that its dialect's clients ask. */
function askAsClient(asked: TestTenant, { dialect, request }: Face, { tokens }: Subject) {
  const credentials: Record<string, string> = {
    '{secret}': asked.apiKey.secret,
    '{key}': asked.apiKey.key,
    '{jwt}': signed(asked).authorization.replace('Bearer ', ''),
    '{token}': tokens[dialect] ?? '',
  }
  const filled = Object.entries(request.headers).map(([name, template]) => [
    name,
    template.replace(/\{\w+\}/, (placeholder) => credentials[placeholder] ?? 'nothing'),
  ])
  return call(request.method, request.path, Object.fromEntries(filled))
}

/** A text without the id of the request that it answers, in which alone two answers may differ. */
const timeless = (text: string, { headers }: LightMyRequestResponse) =>
  text.replaceAll(String(headers['x-request-id']), 'id')

/** Asserts that each face is what a client of its dialect is answered; gives their statuses. */
async function expectTruth(asked: TestTenant, subject: Subject, headers = {}): Promise<Record<string, number>> {
  const shown = await faceList(asked, subject.id, headers)
  expect(shown.statusCode, shown.body).toBe(200)
  const faces: Face[] = shown.json().data
  expect(faces.map(({ dialect }) => dialect)).toEqual(order)
  for (const face of faces) {
    const answer = await askAsClient(asked, face, subject)
    expect([face.dialect, face.status, timeless(face.body, shown)]).toEqual([
      face.dialect,
      answer.statusCode,
      timeless(answer.body, answer),
    ])
  }
  return Object.fromEntries(faces.map(({ dialect, status }) => [dialect, status]))
}

const everywhere = Object.fromEntries(order.map((dialect) => [dialect, 200]))
const gone = { native: 404, oumla: 404, ocamba: 400, epixel: 401, ona: 404, original: 404 }

const full: ProfileInput = {
  ...{ type: 'Merchant', reference: 'customer-1', label: 'Best', username: 'Ada.L', email: 'Ada@Example.com' },
  ...{ phone: '+49658245684', fullName: 'Ada Lovelace', country: 'DE', city: 'Berlin', organization: 'Engines' },
  ...{ website: 'https://ada.example.com', twitter: 'ada', requireAuth: true, language: 'pt-BR' },
  ...{ timezone: 'Europe/Berlin', currency: 'EUR', comment: 'First', attributes: { a: [1, null, { b: 'c' }] } },
}
const nulls = Object.fromEntries(
  Object.keys(full)
    .filter((field) => !['type', 'requireAuth', 'attributes'].includes(field))
    .map((field) => [field, null]),
)

describe('the faces of a profile are, to the byte, what clients of each dialect are answered', () => {
  it('where every field is set', async () => {
    const list = await createProfileList(tenant.ctx, { name: 'Newsletter' })
    const profile = await createProfile(tenant.ctx, { ...full, listIds: [list.id] })
    expect(await expectTruth(tenant, await subjectOf(tenant, profile))).toEqual(everywhere)
  })

  it.each([
    ['where nothing is set', {}, 404],
    ['where everything is null', nulls, 404],
    ['where the reference is hard to write in a path', { reference: '../a b?c#d%2F"\\' }, 404],
    [
      'where texts are of many scripts',
      {
        username: 'Zoë.Öz',
        fullName: '李 小龙 \u2028\u2029',
        label: '👩‍👩‍👧 \u0001"\\',
        attributes: { ключ: '\u0007☃' },
      },
      200,
    ],
  ])('%s', async (_, input, ona) => {
    const profile = await createProfile(tenant.ctx, input)
    expect(await expectTruth(tenant, await subjectOf(tenant, profile))).toEqual({ ...everywhere, ona })
  })

  it('where there is a picture', async () => {
    const profile = await createProfile(tenant.ctx, { username: 'seen' })
    await database.db.query('update profiles set picture = $2 where id = $1', [profile.id, '/pictures/a/b'])
    expect(await expectTruth(tenant, await subjectOf(tenant, profile))).toEqual(everywhere)
    const shown: Face[] = (await faceList(tenant, profile.id)).json().data
    expect(shown.find(({ dialect }) => dialect === 'epixel')?.body).toContain(
      '"ProfileImage":"/pictures/a/b/crop.webp"',
    )
  })

  it('where there is a wallet with addresses', async () => {
    const profile = await createProfile(tenant.ctx, { reference: randomUUID() })
    const wanted = { network: 'AMOY', withAddress: true }
    await call('POST', `/facet/v1/profiles/${profile.id}/wallets`, bearer(tenant), wanted)
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const [wallet] = await listEveryWalletOf(tenant.ctx, { by: 'id', value: profile.id })
    const second = await addAddress(tenant.ctx, wallet?.id ?? '')
    await expectTruth(tenant, await subjectOf(tenant, profile))
    const shown: Face[] = (await faceList(tenant, profile.id)).json().data
    const tellers = shown.filter(({ body }) => body.includes(second.address)).map(({ dialect }) => dialect)
    expect(tellers).toEqual(['oumla', 'original'])
  })

  it('where it was deleted or merged, which says so in each dialect', async () => {
    const key = (value: string) => ({ by: 'id', value }) as const
    const [target, source, deleted] = [
      await createProfile(tenant.ctx, {}),
      await createProfile(tenant.ctx, { username: 'merged', reference: 'merged' }),
      await createProfile(tenant.ctx, { username: 'deleted', reference: 'deleted' }),
    ]
    const subjects = await Promise.all([source, deleted].map((profile) => subjectOf(tenant, profile)))
    // A session of the source would go on as one of the target.
    await endAllSessions(tenant.ctx, key(source.id))
    await mergeProfiles(tenant.ctx, { target: key(target.id), source: key(source.id) })
    await deleteProfile(tenant.ctx, key(deleted.id))
    for (const { id, tokens } of subjects) {
      expect(await expectTruth(tenant, { id, tokens: { ...tokens, ona: somebody } })).toEqual(gone)
    }
    expect(await expectTruth(tenant, await subjectOf(tenant, { ...target, username: 'merged' }))).toEqual(everywhere)
  })

  it('where it is deleted and its id is the reference of another', async () => {
    const profile = await createProfile(tenant.ctx, {})
    const subject = await subjectOf(tenant, profile)
    await deleteProfile(tenant.ctx, { by: 'id', value: profile.id })
    await createProfile(tenant.ctx, { reference: profile.id })
    expect(await expectTruth(tenant, subject)).toEqual({ ...gone, oumla: 200 })
  })

  it('where the app lets nobody in by themselves', async () => {
    const closed = await newTenant()
    const profile = await createProfile(closed.ctx, { username: 'ada' })
    const subject = await subjectOf(closed, profile)
    await updateApp(database.system(), closed.ctx.appId, { settings: { selfService: { enabled: false } } })
    await expect
      .poll(async () => (await faceList(closed, profile.id)).json().data[3].status, { timeout: 1_000, interval: 5 })
      .toBe(403)
    expect(await expectTruth(closed, subject)).toEqual({ ...everywhere, epixel: 403, ona: 404 })
  })

  it('at each host that they are asked at, which is named where it leads elsewhere', async () => {
    const hosts = ['one.example.com', 'two.example.com']
    const housed = await newTenant({ hosts })
    const profile = await createProfile(housed.ctx, { username: 'ada' })
    const subject = await subjectOf(housed, profile)
    for (const [host, named] of [
      ['two.example.com', undefined],
      ['127.0.0.1:4000', 'one.example.com'],
      ['stranger.example.com', 'one.example.com'],
    ] as const) {
      const [, , , , ona] = (await faceList(housed, profile.id, { host })).json().data
      expect(ona.request.headers.Host).toBe(named)
      const answer = await askAsClient(
        housed,
        { ...ona, request: { ...ona.request, headers: { host, ...ona.request.headers } } },
        subject,
      )
      expect([ona.status, ona.body]).toEqual([200, answer.body])
      expect(ona.body).toContain(`"url":"http://${named ?? host}/api/v1/profiles/ada"`)
    }
  })

  it('where no host leads to the app', async () => {
    const homeless = await newTenant({ hosts: [] })
    const profile = await createProfile(homeless.ctx, { username: 'ada' })
    const [, , , , ona] = (await faceList(homeless, profile.id, { host: 'nobody.example.com' })).json().data
    const answer = await call('GET', ona.request.path, { host: 'nobody.example.com', authorization: 'Token x' })
    expect([ona.status, ona.body]).toEqual([answer.statusCode, answer.body])
    expect(ona.status).toBe(404)
  })
})

describe('the faces of a profile', () => {
  it('are looked at without a trace: no row of any table changes, but for counts of calls and last uses of keys', async () => {
    const profile = await createProfile(tenant.ctx, { username: 'untouched', reference: 'untouched' })
    const tables = await database.db.query<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
         and table_name not in ('call_counts', 'api_keys')`,
      [],
    )
    const contents = () =>
      Promise.all(
        tables.map(({ name }) =>
          database.db.query(`select md5(string_agg(t::text, '\n' order by t::text)) as is from ${name} t`, []),
        ),
      )
    expect(tables.length).toBeGreaterThan(20)
    const before = await contents()
    expect((await faceList(tenant, profile.id)).statusCode).toBe(200)
    expect(await contents()).toEqual(before)
  })

  it('hold no credential', async () => {
    const profile = await createProfile(tenant.ctx, { username: 'careful' })
    const { tokens } = await subjectOf(tenant, profile)
    const { body } = await faceList(tenant, profile.id)
    for (const secret of [tenant.apiKey.secret, tenant.apiKey.key, ...Object.values(tokens)]) {
      expect(body).not.toContain(secret)
    }
  })
})
