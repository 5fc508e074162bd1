import { beforeAll, describe, expect, it } from 'vitest'
import { getProfile } from '../../../src/core/profiles/profiles.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  details,
  encodings,
  expectDetail,
  expectErrors,
  expectSuccess,
  mounts,
  newClient,
  type Person,
  said,
} from './client.ts'
import { paths, sentences } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
beforeAll(async () => {
  client = await newClient(api, database, { settings: { selfService: { changesPerDay: 1_000 } } })
})

const generatorPath = '/user/token-generator/'
const update = (person: Person, fields: Record<string, string>, sent = {}) =>
  client.post(paths.updateProfile, fields, person.access, sent)
const emailOf = async (person: Person) => (await client.profile(person)).UserProfile[0].email
const wrongToken = { token_field: [sentences.tokenWrong] }

interface Token {
  readonly token_field: string
  readonly token_checksum_field: string
}

/** Asks for a code for the address, and reads it out of the mail. */
async function tokenFor(person: Person, email: string): Promise<Token> {
  const answer = await client.post(generatorPath, { email }, person.access)
  expect(answer.statusCode, answer.body).toBe(200)
  const mail = await client.mailTo(email)
  return { token_field: mail?.code ?? '', token_checksum_field: answer.json().data.token_checksum }
}

/** What some work gives that lies in one hour of the clock, by which mails are counted: it is done again when the hour ends meanwhile. */
async function withinAnHour<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  const hour = () => Math.floor(Date.now() / 3_600_000)
  for (let attempt = 1; ; attempt++) {
    const began = hour()
    const result = await work(attempt)
    if (hour() === began) return result
  }
}

const another = ({ token_field, ...token }: Token): Token => ({
  ...token,
  token_field: token_field === '000000' ? '000001' : '000000',
})

describe('POST /user/token-generator/', () => {
  it.each(encodings)(
    '200: mails six digits to the address in a body as %s, and answers their checksum',
    async (encoding) => {
      const person = await client.person(`asks.${encoding}`)
      for (const [i, mount] of mounts.entries()) {
        const email = `new.${encoding}${i}@example.org`
        const headers = { 'x-methodoverride': 'PUT' }
        const answer = await client.post(generatorPath, { email }, person.access, { encoding, mount, headers })
        const { token_checksum } = answer.json().data
        expect(token_checksum).toMatch(/^[\da-f]{64}$/)
        expectSuccess(answer, { token_checksum })
        const mail = await client.mailTo(email)
        expect(mail?.code).toMatch(/^\d{6}$/)
        expect(mail?.text).toContain('15 minutes')
        expect(answer.body).not.toContain(mail?.code)
      }
    },
  )

  it('200: mails to the present address where none is given, also without a body', async () => {
    const person = await client.person('asks.bare')
    expect((await client.call('POST', generatorPath, { access: person.access })).statusCode).toBe(200)
    expect((await client.mailTo(person.email))?.code).toMatch(/^\d{6}$/)
  })

  it('400: for what is no address', async () => {
    const person = await client.person('asks.wrong')
    const ask = (email: unknown) => client.post(generatorPath, { email }, person.access)
    expectErrors(await ask('x'), { email: [sentences.emailInvalid] })
    expectErrors(await ask(''), { email: said.blank })
    expectErrors(await ask([]), { email: said.notText })
  })

  it('401: for a visitor', async () => {
    expectDetail(await client.post(generatorPath, {}), details.credentialsMissing)
  })

  it('429: for more than 10 an hour', async () => {
    const answers = await withinAnHour(async (attempt) => {
      const person = await client.person(`asks.often${attempt}`)
      const asked: Answer[] = []
      for (let i = 0; i < 11; i++) {
        const email = `often${attempt}.${i}@example.org`
        asked.push(await client.post(generatorPath, { email }, person.access))
      }
      return asked
    })
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array(10).fill(200), 429])
    const refused = answers.at(-1) as Answer
    expectDetail(refused, details.throttled)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(3_600)
  })

  it('503: in a live app without a mail server', async () => {
    const settings = { selfService: { enabled: true, registration: true } }
    const live = await newClient(api, database, { mode: 'live', settings })
    const person = await live.person('live.one')
    expectDetail(await live.post(generatorPath, { email: 'x@example.org' }, person.access), details.unavailable)
  })
})

describe('a change of e-mail', () => {
  it.each(encodings)(
    '200: with the code and its checksum as %s; the new address is verified, the old one told',
    async (encoding) => {
      const person = await client.person(`moves.${encoding}`)
      const email = `moved.${encoding}@example.org`
      const token = await tokenFor(person, email)
      expectSuccess(await update(person, { email, first_name: 'Moved', ...token }, { encoding }))
      expect(await emailOf(person)).toBe(email)
      const profile = await getProfile(client.ctx, { by: 'email', value: email })
      expect(profile).toMatchObject({ firstName: 'Moved', emailVerifiedAt: expect.any(Date) })
      const notice = await client.mailTo(person.email)
      expect(notice?.text).toContain(email)
      // The names that it had before still let in.
      await client.login(email)
    },
  )

  it('400: without code and checksum, with one of them, each with every other mistake', async () => {
    const person = await client.person('moves.bare')
    const email = 'bare@example.org'
    expectErrors(await update(person, { email }), { token_checksum_field: said.required, token_field: said.required })
    expectErrors(await update(person, { email, token_field: '123456' }), { token_checksum_field: said.required })
    expectErrors(await update(person, { email, token_checksum_field: 'x', token_field: '' }), {
      token_field: said.blank,
    })
    expectErrors(await update(person, { email, phone_number: '1' }), {
      phone_number: [sentences.phone],
      token_checksum_field: said.required,
      token_field: said.required,
    })
    const token = await tokenFor(person, email)
    const bad = { email, phone_number: '1', ...another(token) }
    expectErrors(await update(person, bad), { phone_number: [sentences.phone], ...wrongToken })
    // A right one that comes with another mistake is not spent.
    expectErrors(await update(person, { ...bad, ...token }), { phone_number: [sentences.phone] })
    expectSuccess(await update(person, { email, ...token }))
  })

  it('400: with a code that is wrong, for another address, of another person, or used before', async () => {
    const [person, other] = [await client.person('moves.wrong'), await client.person('moves.other')]
    const email = 'wrong@example.org'
    const token = await tokenFor(person, email)
    expectErrors(await update(person, { email, ...another(token) }), wrongToken)
    expectErrors(await update(person, { email, ...token, token_checksum_field: 'x' }), wrongToken)
    expectErrors(await update(person, { email: 'elsewhere@example.org', ...token }), wrongToken)
    expectErrors(await update(other, { email, ...token }), wrongToken)
    expectSuccess(await update(person, { email, ...token }))
    expectErrors(await update(person, { email: person.email, ...token }), wrongToken)
    expect(await emailOf(person)).toBe(email)
  })

  it('400: after five wrong codes, also with the right one, whatever else was sent beside them', async () => {
    const person = await client.person('moves.guess')
    const email = 'guess@example.org'
    const token = await tokenFor(person, email)
    const guess = { email, ...another(token) }
    for (let i = 0; i < 3; i++) expectErrors(await update(person, guess), wrongToken)
    const headers = { 'idempotency-key': 'guess' }
    expectErrors(await update(person, guess, { headers }), wrongToken)
    await update(person, { ...guess, phone_number: '1' })
    expectErrors(await update(person, { email, ...token }), wrongToken)
    expect(await emailOf(person)).toBe(person.email)
  })

  it('400: with a code for an address that only looks the same: it is bound to the mailbox, in whatever case', async () => {
    const person = await client.person('looks.same')
    const token = await tokenFor(person, 'ｖictim@example.org')
    expectErrors(await update(person, { email: 'victim@example.org', ...token }), wrongToken)
    expectSuccess(await update(person, { email: 'ｖICTIM@Example.org', ...token }))
    // Its plain form is another mailbox, though both are one identifier.
    const { token_checksum_field, token_field } = { token_checksum_field: said.required, token_field: said.required }
    expectErrors(await update(person, { email: 'victim@example.org' }), { token_checksum_field, token_field })
  })

  it('200: also when strangers had their codes mailed to the old address as often as may be', async () => {
    const person = await client.person('much.mailed')
    for (let i = 0; i < 10; i++) {
      const stranger = await client.person(`stranger${i}`)
      expect((await client.post(generatorPath, { email: person.email }, stranger.access)).statusCode).toBe(200)
    }
    const email = 'less.mailed@example.org'
    expectSuccess(await update(person, { email, ...(await tokenFor(person, email)) }))
    expect((await client.mailTo(person.email))?.text).toContain(email)
  })

  it('400: to an address that somebody has; of two who prove one address at once, one wins', async () => {
    const people = [await client.person('race.a'), await client.person('race.b')] as const
    const email = 'race@example.org'
    const tokens = [await tokenFor(people[0], email), await tokenFor(people[1], email)] as const
    const answers = await Promise.all(people.map((person, i) => update(person, { email, ...tokens[i] })))
    const [won, lost] = answers.toSorted((a, b) => a.statusCode - b.statusCode)
    expectSuccess(won as never)
    expectErrors(lost as never, { email: ['There is a user registered with the specified E-Mail address.'] })
    expect((await Promise.all(people.map(emailOf))).filter((shown) => shown === email)).toHaveLength(1)
  })

  it('200: for a repeat under its Idempotency-Key, though the code is spent', async () => {
    const person = await client.person('moves.twice')
    const email = 'twice@example.org'
    const fields = { email, ...(await tokenFor(person, email)) }
    const headers = { 'idempotency-key': 'moves-twice' }
    expectSuccess(await update(person, fields, { headers }))
    const again = await update(person, fields, { headers })
    expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([200, 'true'])
  })
})
