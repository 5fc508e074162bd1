import { beforeAll, describe, expect, it } from 'vitest'
import { beginSession } from '../../../src/core/credentials/sessions.service.ts'
import { createProfile, getProfile, updateProfile } from '../../../src/core/profiles/profiles.service.ts'
import type { Profile as CoreProfile, ProfileInput } from '../../../src/core/profiles/profiles.types.ts'
import { inTx } from '../../../src/core/transactions.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
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
import { nothing, paths, sentences } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
beforeAll(async () => {
  client = await newClient(api, database, { settings: { selfService: { changesPerDay: 1_000 } } })
})

const update = (person: Person, fields: Record<string, unknown>, sent = {}) =>
  client.post(paths.updateProfile, fields, person.access, sent)
const stored = (person: Person): Promise<CoreProfile> =>
  getProfile(client.ctx, { by: 'username', value: person.username })
const set = (person: Person, input: ProfileInput) =>
  updateProfile(client.ctx, { by: 'username', value: person.username }, input)

describe('POST /user/update/profile/: 200', () => {
  it.each(encodings)('changes what a body as %s names, at both mounts, and answers nothing', async (encoding) => {
    const person = await client.person(`ada.${encoding}`)
    for (const [i, mount] of mounts.entries()) {
      const fields = {
        ...{
          first_name: `Ada ${i}`,
          last_name: 'Byron, Gräfin',
          email: person.email,
          phone_number: `65824${i}${encodings.indexOf(encoding)}77`,
        },
        ...{ languages: 'de', currencies: 'EUR', timezones: 'Europe/Berlin' },
      }
      const answer = await update(person, fields, { encoding, mount })
      expectSuccess(answer)
      expect(answer.json()).toEqual(nothing)
      expect(await client.profile(person)).toMatchObject({
        UserProfile: [
          { first_name: `Ada ${i}`, last_name: 'Byron, Gräfin', phone_code: '+33', phone_number: fields.phone_number },
        ],
        UserLocInfo: { lan: 'de', tz: 'Europe/Berlin', currency: 'EUR' },
      })
    }
  })

  it('leaves what is not named', async () => {
    const person = await client.person('leave.me')
    const before = await stored(person)
    expectSuccess(await update(person, { email: person.email, last_name: 'King' }))
    const { lastName, fullName, ...rest } = await stored(person)
    expect([lastName, fullName]).toEqual(['King', 'Ada King'])
    expect(before).toMatchObject({ ...rest, revision: 1, updatedAt: before.updatedAt })
  })

  it('needs no token for the same e-mail, also in another spelling, which is kept', async () => {
    const person = await client.person('same.mail')
    expectSuccess(await update(person, { email: 'Same.Mail@Example.com', first_name: 'Ada' }))
    expect((await stored(person)).email).toBe('Same.Mail@Example.com')
  })

  it('changes nothing when what was read is sent back, whatever it is', async () => {
    const person = await client.person('send.back')
    for (const input of [
      { language: 'pt-BR', timezone: 'Europe/Kiev', currency: 'BGN', phone: '+999123456' },
      { language: null, timezone: null, currency: null, phone: '+1 (212) 736-5000' },
    ]) {
      const before = await set(person, input)
      const {
        UserProfile: [shown],
        UserLocInfo: chosen,
      } = await client.profile(person)
      const fields = Object.fromEntries(
        Object.entries({
          ...{ email: shown.email, first_name: shown.first_name, last_name: shown.last_name },
          ...{
            phone_number: shown.phone_number,
            languages: chosen.lan,
            timezones: chosen.tz,
            currencies: chosen.currency,
          },
        }).filter(([, value]) => value !== ''),
      )
      expectSuccess(await update(person, fields))
      expect(await stored(person)).toEqual(before)
    }
  })

  it('joins a number to the calling code of the phone before, else of the country, else keeps it as it is', async () => {
    const person = await client.person('call.me')
    const numbers: [ProfileInput, string, string | null][] = [
      [{ phone: '+4930901820' }, '15112345678', '+4915112345678'],
      [{ phone: null, country: 'FR' }, '0658245684', '+33658245684'],
      [{ phone: null, country: null }, '0658245684', '0658245684'],
      [{ phone: null, country: null }, '+14155552671', '+14155552671'],
    ]
    for (const [input, phone_number, phone] of numbers) {
      await set(person, input)
      expectSuccess(await update(person, { email: person.email, phone_number }))
      expect((await stored(person)).phone).toBe(phone)
    }
  })

  it('takes numbers as texts, drops the spaces around, and passes over what it does not know', async () => {
    const person = await client.person('loose.one')
    expectSuccess(
      await update(person, { email: ` ${person.email} `, first_name: 7, phone_number: 658249999, is_staff: true }),
    )
    expect(await stored(person)).toMatchObject({
      firstName: '7',
      phone: '+33658249999',
      attributes: { user_type: 'customer' },
    })
  })

  it('lets names be as long as 255 characters', async () => {
    const person = await client.person('long.name')
    expectSuccess(
      await update(person, { email: person.email, first_name: '😀'.repeat(255), last_name: 'é'.repeat(255) }),
    )
  })
})

describe('a person made elsewhere, of whom next to nothing is set', () => {
  it('can send back the empty texts that they read', async () => {
    const { id } = await createProfile(client.ctx, { email: 'bare@example.com' })
    const { access } = await inTx({ ...client.ctx, now: new Date() }, (tx) => beginSession(tx, id))
    const bare = { username: '', email: 'bare@example.com', password: '', access, refresh: '' }
    const {
      UserProfile: [shown],
      UserLocInfo: chosen,
    } = await client.profile(bare)
    const fields = {
      ...{
        email: shown.email,
        first_name: shown.first_name,
        last_name: shown.last_name,
        phone_number: shown.phone_number,
      },
      ...{ languages: chosen.lan, currencies: chosen.currency, timezones: chosen.tz },
    }
    expect(Object.values(fields).filter((value) => value === '')).toHaveLength(6)
    for (const encoding of encodings) expectSuccess(await update(bare, fields, { encoding }))
    expectSuccess(await update(bare, { ...fields, first_name: 'Ada' }))
    expect((await client.profile(bare)).UserProfile[0].first_name).toBe('Ada')
  })
})

describe('POST /user/update/profile/: 400', () => {
  it('names every field that is wrong at once, in the order of the document, and changes nothing', async () => {
    const person = await client.person('all.wrong')
    const before = await stored(person)
    const answer = await update(person, {
      ...{ token_field: '1', last_name: 'x'.repeat(256), first_name: 'x'.repeat(256), phone_number: '12', email: 'x' },
      ...{ timezones: 'Mars/Olympus', currencies: 'XTS', languages: 'xx' },
    })
    expectErrors(answer, {
      email: [sentences.emailInvalid],
      phone_number: [sentences.phone],
      first_name: [sentences.nameTooLong],
      last_name: [sentences.nameTooLong],
      languages: said.notAChoice('xx'),
      currencies: said.notAChoice('XTS'),
      timezones: said.notAChoice('Mars/Olympus'),
    })
    expect(await stored(person)).toEqual(before)
  })

  it.each(encodings)('asks for an e-mail, also in an empty body as %s', async (encoding) => {
    const person = await client.person(`no.mail.${encoding}`)
    expectErrors(await update(person, {}, { encoding }), { email: said.required })
    expectErrors(await update(person, { first_name: 'Ada' }, { encoding }), { email: said.required })
  })

  it('asks for an e-mail where there is no body, and for an object where the body is none', async () => {
    const person = await client.person('no.body')
    expectErrors(await client.call('POST', paths.updateProfile, { access: person.access }), { email: said.required })
    const raw = { type: 'application/json', body: '[]' }
    expectErrors(await client.call('POST', paths.updateProfile, { access: person.access, raw }), {
      non_field_errors: ['Invalid data. Expected a dictionary.'],
    })
  })

  it('says of each field what is wrong with it', async () => {
    const person = await client.person('each.wrong')
    const { email } = person
    const cases: [Record<string, unknown>, Record<string, readonly string[]>][] = [
      [{ email: '' }, { email: said.blank }],
      [{ email: '  ' }, { email: said.blank }],
      [{ email: null }, { email: said.null }],
      [{ email: {} }, { email: said.notText }],
      [{ email: 'a@b' }, { email: [sentences.emailInvalid] }],
      [{ email: `${'x'.repeat(65)}@example.com` }, { email: [sentences.emailInvalid] }],
      [{ email, phone_number: '12345678' }, { phone_number: [sentences.phone] }],
      [{ email, phone_number: '1234567890123456' }, { phone_number: [sentences.phone] }],
      [{ email, phone_number: '123 456 789' }, { phone_number: [sentences.phone] }],
      [{ email, phone_number: '12345678x' }, { phone_number: [sentences.phone] }],
      [{ email, phone_number: '' }, { phone_number: said.blank }],
      [{ email, first_name: '' }, { first_name: said.blank }],
      [{ email, last_name: 'a\0b' }, { last_name: ['Null characters are not allowed.'] }],
      [{ email, languages: 'EN' }, { languages: said.notAChoice('EN') }],
      [{ email, phone_number: '+12345678901234' }, { phone_number: [sentences.phone] }],
      [{ email, currencies: 'eur' }, { currencies: said.notAChoice('eur') }],
      [{ email, timezones: 'europe/berlin' }, { timezones: said.notAChoice('europe/berlin') }],
    ]
    for (const [fields, errors] of cases) expectErrors(await update(person, fields), errors)
  })

  it('says what another person has, beside what else is wrong', async () => {
    const [person, other] = [await client.person('wants.it'), await client.person('has.it')]
    const {
      UserProfile: [has],
    } = await client.profile(other)
    expectErrors(await update(person, { email: person.email, phone_number: has.phone_number }), {
      phone_number: ['Phone number already taken. Please try another one.'],
    })
    const fields = { email: 'other@example.org', phone_number: has.phone_number, first_name: 'x'.repeat(256) }
    expectErrors(await update(person, fields), {
      phone_number: ['Phone number already taken. Please try another one.'],
      first_name: [sentences.nameTooLong],
      token_checksum_field: said.required,
      token_field: said.required,
    })
  })

  it('keeps a number that is none in its country, which another person may have too', async () => {
    for (const username of ['odd.number', 'same.number']) {
      const person = await client.person(username)
      expectSuccess(await update(person, { email: person.email, phone_number: '999999999999999' }))
      expect((await client.profile(person)).UserProfile[0]).toMatchObject({
        phone_code: '',
        phone_number: '999999999999999',
      })
    }
  })

  it('takes no file for a text', async () => {
    const person = await client.person('file.name')
    const fields = { email: person.email, first_name: { bytes: Buffer.from('Ada') } }
    expectErrors(await update(person, fields), { first_name: said.notText })
  })
})

describe('POST /user/update/profile/: repeated under an Idempotency-Key', () => {
  it('is not judged by what the profile has become since', async () => {
    const person = await client.person('moved.on')
    const headers = { 'idempotency-key': 'moved-on' }
    const fields = { email: person.email, first_name: 'Once' }
    expectSuccess(await update(person, fields, { headers }))
    await set(person, { email: 'moved.on@example.org' })
    expectSuccess(await update(person, fields, { headers }))
    expect((await stored(person)).email).toBe('moved.on@example.org')
  })

  it.each(encodings)('changes once and answers the same, as %s', async (encoding) => {
    const person = await client.person(`again.${encoding}`)
    const headers = { 'idempotency-key': `again-${encoding}` }
    const fields = { email: person.email, first_name: 'Once' }
    const first = await update(person, fields, { encoding, headers })
    await set(person, { firstName: 'Later' })
    const again = await update(person, fields, { encoding, headers })
    expect([again.statusCode, again.body, again.headers['idempotency-replayed']]).toEqual([200, first.body, 'true'])
    expect((await stored(person)).firstName).toBe('Later')
    expectDetail(await update(person, { ...fields, first_name: 'Twice' }, { encoding, headers }), details.keyReused)
  })
})
