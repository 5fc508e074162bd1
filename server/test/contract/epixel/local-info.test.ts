import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  details,
  expectDetail,
  expectSuccess,
  mounts,
  newClient,
  type Person,
} from './client.ts'
import { localInfoKeys, paths, profileKeys } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
let ada: Person
beforeAll(async () => {
  client = await newClient(api, database, { settings: { selfService: { changesPerDay: 1_000 } } })
  ada = await client.person('ada.l')
})

const ask = (language?: string, headers: Record<string, string> = {}, mount: string = mounts[0]): Promise<Answer> =>
  client.get(paths.localInfo, ada.access, {
    mount,
    headers: { ...(language && { 'accept-language': language }), ...headers },
  })

interface Item {
  readonly key: string
  readonly name: string
}
type Data = Record<'languages' | 'currencies' | 'timezones', Item[]>
const dataOf = (answer: Answer): Data => answer.json().data
const named = (items: readonly Item[], key: string) => items.find((item) => item.key === key)?.name

describe('GET /get/local-info/: 200', () => {
  it.each(mounts)(
    'lists languages, currencies and time zones in the order of the document, under %s',
    async (mount) => {
      const answer = await ask(undefined, {}, mount)
      expect(answer.statusCode).toBe(200)
      expect(Object.keys(answer.json())).toEqual(profileKeys.envelope)
      const data = dataOf(answer)
      expect(Object.keys(data)).toEqual(localInfoKeys.data)
      for (const items of Object.values(data)) {
        expect(new Set(items.map(({ key }) => key)).size).toBe(items.length)
        for (const item of items) expect(Object.keys(item)).toEqual(localInfoKeys.item)
      }
      expect(named(data.languages, 'de')).toBe('German')
      expect(named(data.currencies, 'EUR')).toBe('Euro')
      for (const key of ['Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'UTC']) {
        expect(named(data.timezones, key)).toEqual(expect.any(String))
      }
    },
  )

  it('names them in the language that is asked for', async () => {
    const answer = await ask('xx, de-AT;q=0.9, fr;q=0.8')
    expect(named(dataOf(answer).languages, 'fr')).toBe('Französisch')
    expect(answer.headers['content-language']).toMatch(/^de/)
    expect(named(dataOf(await ask('fr')).languages, 'de')).toBe('allemand')
    expect(named(dataOf(await ask('*;q=0, nonsense')).languages, 'de')).toBe('German')
  })

  it('may be kept by who asked, and is answered 304 to who has it', async () => {
    const { headers } = await ask('de')
    expect(headers).toMatchObject({
      'cache-control': 'private, max-age=86400',
      vary: 'Accept-Language, Authorization, apikey',
      etag: expect.stringMatching(/^"[\w-]+"$/),
    })
    const tag = String(headers.etag)
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await ask('de', { 'if-none-match': known })
      expect([answer.statusCode, answer.body]).toEqual([304, ''])
    }
    expect((await ask('fr', { 'if-none-match': tag })).statusCode).toBe(200)
  })

  it('lists what a profile may choose from, every key of it', async () => {
    const data = dataOf(await ask())
    const { email } = ada
    for (const [field, items] of [
      ['languages', data.languages],
      ['currencies', data.currencies],
      ['timezones', data.timezones],
    ] as const) {
      for (const { key } of items.filter((_, i) => i % 20 === 0)) {
        expectSuccess(await client.post(paths.updateProfile, { email, [field]: key }, ada.access))
      }
    }
  })
})

describe('GET /get/local-info/: 401', () => {
  it('for a visitor', async () => {
    expectDetail(await client.get(paths.localInfo), details.credentialsMissing)
  })
})
