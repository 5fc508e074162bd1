import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { epixel } from '../../../src/dialects/epixel/plugin.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { concrete, itStatesWhatIsServed, readDialectPage } from '../../helpers/dialect-page.ts'
import {
  type Answer,
  type Client,
  details,
  expectDetail,
  type Fields,
  newClient,
  newNumber,
  type Person,
  password,
  refreshNotValid,
  signUpFields,
  tokenNotValid,
} from './client.ts'
import { paths } from './fixtures/seed-002.ts'

// docs/dialects/epixel.md against what is really there: the table of endpoints, the bodies and the sentences that it prints.

const database = useDatabase()
const api = useApi(database)

const dialect = epixel('/api/v1')
const page = await readDialectPage(dialect)
const { served, unserved, printed } = page

let client: Client
let someone: Person
beforeAll(async () => {
  client = await newClient(api, database, { settings: { selfService: { changesPerDay: 1_000 } } })
  someone = await client.person('some.one')
})

describe('the coverage table', () => {
  itStatesWhatIsServed(api, dialect, page)

  it.each(served)('$endpoint is there at both mounts', async ({ method, path }) => {
    for (const mount of ['', dialect.prefix]) {
      const answer = await client.call(method as 'GET', concrete(path), { mount, access: someone.access })
      expect([200, 400]).toContain(answer.statusCode)
    }
  })

  it.each(unserved)('$endpoint is not there at either mount', async ({ method, path }) => {
    for (const mount of ['', dialect.prefix]) {
      const answer = await client.call(method as 'GET', concrete(path), { mount, access: someone.access })
      expectDetail(answer, details.notFound)
    }
  })
})

/** Tokens, times and addresses differ from run to run. */
function settled(body: string): string {
  return body
    .replaceAll(/"eyJ[^"]+"/g, '"…"')
    .replaceAll(/"[\da-f]{64}"/g, '"…"')
    .replaceAll(/"http:[^"]+\/crop.webp"/g, '"…"')
    .replaceAll(/\d+ hours \d+ minutes and \d+ seconds/g, '…')
}

/** The call of the page with these words, as its form fields. */
function callOf(words: string): Record<string, string> {
  const [, call = ''] =
    new RegExp(`curl [^|]*?${words}(.*?)(?=\\n(?:curl|token)|\\||\\n\`\`\`)`, 's').exec(page.text) ?? []
  const fields = [...call.matchAll(/-F (\w+)=('[^']*'|\S+)/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value.replaceAll("'", '')]))
}

describe('the bodies that the page prints', () => {
  it('are those served, and the calls of the page work as they stand', async () => {
    const own = await newClient(api, database, { settings: { selfService: { changesPerDay: 1 } } })
    expect((await own.post('/user/signup/', callOf('/user/signup/'))).statusCode).toBe(200)
    const login = await own.post('/user/login/', callOf('/user/login/'))
    const { access } = login.json()
    const email = 'ada@example.com'
    const image = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const files = { image: { bytes: image }, cropped_image: { bytes: image } }
    const answers: Record<string, Answer> = {
      login,
      profile: await own.get(paths.getProfile, access),
      refused: await own.post(paths.updateProfile, { email: 'x', phone_number: 'x' }, access),
      nothing: await own.post(paths.updateProfile, { email }, access),
      token: await own.post('/user/token-generator/', {}, access),
      picture: await own.post(paths.uploadImage, files, access),
      throttled: await own.post(paths.updateProfile, { email, first_name: 'Augusta' }, access),
    }
    expect([...printed.keys()].sort()).toEqual(Object.keys(answers).sort())
    for (const [name, body] of printed) {
      expect([name, settled(body)]).toEqual([name, settled(answers[name]?.body ?? 'nothing')])
    }
  })

  it('hold in the table of errors: each status and sentence is one that the tests expect', () => {
    const table = [...page.section('Errors').matchAll(/^\| .+ \| (\d{3}) \| (.+) \|$/gm)]
    const stated = table.map(([, status, detail]) => `${status} ${detail}`)
    const expected = Object.values(details)
      .filter(([status]) => status !== 401)
      .map(([status, detail]) => `${status} ${detail}`)
    const further = ['405 Method "POST" not allowed.', '415 Unsupported media type "text/plain" in request.']
    expect(stated.sort()).toEqual([...expected, ...further].sort())
  })

  it('hold in the table of sign-in: each body is one that is served', async () => {
    const stated = [...page.section('Authentication').matchAll(/^\| .+ \| 401 \| `(.+)` \|$/gm)].map(([, body]) => body)
    const { credentialsMissing, keyWrong, loginWrong } = details
    const sentences = [credentialsMissing, keyWrong, loginWrong].map(([, detail]) => ({ detail }))
    expect(stated).toEqual([...sentences, tokenNotValid, refreshNotValid].map((body) => JSON.stringify(body)))
  })
})

/** The sentences of a table's last column, of a cell that holds several each. */
function sentencesOf(title: string): string[] {
  const cells = [...page.section(title).matchAll(/^\| (?!field|of each|what|---).* \| ([^|]+) \|$/gm)]
  return [...new Set(cells.flatMap(([, cell = '']) => cell.split(' / ')))].sort()
}

/** Every sentence that these answers hold. */
function saidIn(answers: readonly Answer[]): string[] {
  const errors = answers.flatMap((answer) => Object.values<string[]>(answer.json().errors))
  return [...new Set(errors.flat())].sort()
}

const each = async (path: string, bodies: readonly Fields[]) =>
  Promise.all(bodies.map((fields) => client.post(path, fields, someone.access)))

describe('the sentences that the page prints of fields are those served, and no others', () => {
  it('of a change of the profile', async () => {
    const other = await client.person('other.one')
    const {
      UserProfile: [has],
    } = await client.profile(other)
    const { email } = someone
    const token = await client.post('/user/token-generator/', { email: other.email }, someone.access)
    const token_checksum_field = token.json().data.token_checksum
    const token_field = (await client.mailTo(other.email))?.code
    const answers = await each(paths.updateProfile, [
      { email: 'x', phone_number: '1', first_name: 'x'.repeat(256), languages: 'xx' },
      { email: 'new@example.org', phone_number: '', first_name: null, last_name: {} },
      { email: 'new@example.org', token_field: '1', token_checksum_field: 'x' },
      { email, phone_number: has.phone_number, first_name: 'Some' },
      { email, first_name: 'a\0' },
    ])
    answers.push(
      await client.post(paths.updateProfile, { email: other.email, token_field, token_checksum_field }, someone.access),
    )
    expect(sentencesOf('Change the profile')).toEqual(saidIn(answers))
  })

  it('of a picture', async () => {
    const broken = { bytes: Buffer.from('x') }
    const answers = await each(paths.uploadImage, [
      { image: broken, cropped_image: broken },
      { image: 'text', cropped_image: { bytes: Buffer.alloc(0) } },
      { image: broken },
    ])
    expect(sentencesOf('Upload a picture')).toEqual(saidIn(answers))
  })

  it('of a registration', async () => {
    const whole = () => ({ ...signUpFields, username: 'new.one', email: 'n@example.com', phone_number: newNumber() })
    const other = await client.person('taken.one')
    const {
      UserProfile: [has],
    } = await client.profile(other)
    const answers = await each('/user/signup/', [
      {
        ...whole(),
        country_code: 'XX',
        first_name: '1',
        last_name: '1',
        username: 'a',
        password: '1234567',
        email: 'x',
      },
      { ...whole(), agree_terms: 'yes', user_type: 'admin', sponsor: 'a b', password: 'password1' },
      {
        ...whole(),
        username: 'taken.one',
        phone_number: has.phone_number,
        password: 'taken.one',
        sponsor: 'nobody.at.all',
      },
    ])
    expect(sentencesOf('Register')).toEqual(saidIn(answers))
  })

  it('of a change of password', async () => {
    const change = (old_password: string, new_password: string, confirm_password = new_password) => ({
      ...{ old_password, new_password, confirm_password },
    })
    const answers = [
      ...(await each('/user/profile/change-password/', [
        change('wrong', 'quince-Meadow-12'),
        change(password, 'quince-Meadow-12', 'x'),
      ])),
      ...(await each('/user/profile/change-password/', [change(password, 'password1')])),
      ...(await each('/user/profile/change-password/', [change(password, password)])),
    ]
    expect(sentencesOf('Change the password')).toEqual(saidIn(answers))
  })
})
