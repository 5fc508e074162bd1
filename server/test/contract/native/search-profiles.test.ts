import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, idsOf, listPath, type ProfileBody, walk } from './client.ts'

const database = useDatabase()
const api = useApi(database)

async function newClient(): Promise<{ tenant: TestTenant; client: Client }> {
  const tenant = await api.newTenant()
  return { tenant, client: clientOf(api, tenant.apiKey) }
}

/** The ids that a search finds, in order. */
async function search(client: Client, q: string, limit = 200): Promise<string[]> {
  return idsOf(await walk(client, { q, limit }))
}

describe('GET /facet/v1/profiles?q=: 200', () => {
  let client: Client
  let ada: ProfileBody
  let jose: ProfileBody

  beforeAll(async () => {
    client = (await newClient()).client
    ada = await client.make({
      reference: 'Cust-001',
      username: 'Ada.Lovelace',
      email: 'Countess@Example.com',
      phone: '+44 20 7946 0958',
      fullName: 'Augusta Ada King-Noel, Countess of Lovelace',
    })
    jose = await client.make({ username: 'ｊｏｓé', firstName: 'José', lastName: 'ŁUKASZ Ångström' })
    await client.make({ reference: 'unrelated', fullName: 'Nobody Else' })
  })

  it.each([
    ['the beginning of a reference', 'Cust-0'],
    ['a whole reference', 'Cust-001'],
    ['the beginning of a username', 'ada.lo'],
    ['a username in capitals', 'ADA.LOVELACE'],
    ['the beginning of an e-mail', 'countess@ex'],
    ['an e-mail in full width', 'ｃｏｕｎｔｅｓｓ＠ｅｘａｍｐｌｅ.com'],
    ['the beginning of a phone with a plus', '+44207'],
    ['the beginning of a phone without a plus', '44207946'],
    ['a phone as people write it', '+44 (20) 7946-0958'],
    ['a phone with 00', '0044 20 7946'],
    ['a word of a name', 'king'],
    ['the beginning of a word', 'august'],
    ['words in order', 'Augusta Ada'],
    ['words in any order', 'lovelace king augusta'],
    ['beginnings of words in any order', 'lov co au'],
    ['words with the punctuation between them', 'Noel, King'],
    ['words with blanks around them', '  king  '],
  ])('finds by %s', async (_, q) => {
    expect(await search(client, q)).toEqual([ada.id])
  })

  it.each(['josé', 'JOSE\u0301', 'ｊｏｓé', 'łukasz', 'Łuk', 'ångström', 'A\u030Angstro\u0308m', 'ÅNG jos'])(
    'folds case, width and composition: %s',
    async (q) => {
      expect(await search(client, q)).toEqual([jose.id])
    },
  )

  it.each(['cust-001', 'ust-001', 'ovelace', 'king nobody', 'augusta kingg', 'xyz', '+4520', 'example.com'])(
    'does not find by what is no beginning: %s',
    async (q) => {
      expect(await search(client, q)).toEqual([])
    },
  )

  it('finds by each of the ids, whole', async () => {
    for (const q of [ada.id, ada.id.toUpperCase(), ada.uid, ada.longId, String(ada.number)]) {
      expect(await search(client, q), q).toEqual([ada.id])
    }
    for (const q of [ada.id.slice(0, -1), ada.uid.slice(0, -1), ada.longId.slice(0, -1)]) {
      expect(await search(client, q), q).toEqual([])
    }
  })

  it('answers whole profiles and no total', async () => {
    const page = (await client.get(listPath({ q: 'king' }))).json()
    expect(page).toEqual({ data: [ada], nextCursor: null, total: null })
  })
})

describe('GET /facet/v1/profiles?q=: pages', () => {
  it('shows each profile once, page by page, by however many identifiers and words it matches', async () => {
    const { client } = await newClient()
    const made: string[] = []
    for (let i = 0; i < 8; i++) {
      const profile = await client.make({
        reference: `anna${i}`,
        username: `anna.${i}`,
        email: `anna${i}@example.com`,
        fullName: `Anna Annabel Annette${i} Anna`,
      })
      made.push(profile.id)
    }
    made.push((await client.make({ username: 'annabel' })).id)
    made.push((await client.make({ email: 'ann@example.com', lastName: 'Ann' })).id)
    made.push((await client.make({ fullName: 'Ann Anna Anne' })).id)
    made.push((await client.make({ fullName: 'Zoe Annex', label: 'anna' })).id)
    await client.make({ label: 'anna', city: 'Annaberg' })
    for (const limit of [1, 2, 3, 200]) {
      const found = await search(client, 'ann', limit)
      expect(found.toSorted(), `limit=${limit}`).toEqual(made.toSorted())
    }
    expect(await search(client, 'ann', 1)).toEqual(await search(client, 'ann', 200))
  })

  it('shows once the profile whose number, words and phone begin with the same digits', async () => {
    const { client } = await newClient()
    const profile = await client.make({
      reference: '4930901820',
      phone: '+4930901820',
      username: '4930901820.x',
      email: '4930901820@example.com',
      fullName: '4930901820 493090182',
    })
    expect(await search(client, '4930901820', 1)).toEqual([profile.id])
    expect(await search(client, '493090182', 1)).toEqual([profile.id])
  })

  it('keeps the order of pages when words have characters past U+FFFF', async () => {
    const { client } = await newClient()
    const names = ['a𐐨', 'aﬀ', 'a\uFFEE', 'a😀b', 'az', 'a', 'a漢']
    const ids = []
    for (const fullName of names) ids.push((await client.make({ fullName })).id)
    expect((await search(client, 'a', 1)).toSorted()).toEqual(ids.toSorted())
  })
})

describe('GET /facet/v1/profiles?q=: meaning', () => {
  it.each(['%', '_', '\\', '100%', 'a_b', 'a\\b', '*', "'", '"', '\\%', '||'])(
    'takes wildcards and quotes for what they are: %s',
    async (text) => {
      const { client } = await newClient()
      await client.make({ reference: 'plain', username: 'axb', fullName: 'Quentin Zed' })
      const own = await client.make({ reference: `${text}x` })
      expect(await search(client, text)).toEqual([own.id])
    },
  )

  it('finds a renamed profile by its new words and no more by its old ones', async () => {
    const { client } = await newClient()
    const { id } = await client.make({ username: 'old.login', email: 'old@example.com', fullName: 'Olga Old Kept' })
    await client.patch(`/profiles/${id}`, { fullName: 'Nina New Kept', username: 'new.login', email: null })
    for (const q of ['olga', 'old', 'old.login', 'old@']) expect(await search(client, q), q).toEqual([])
    for (const q of ['nina', 'new', 'kept', 'new.login']) expect(await search(client, q), q).toEqual([id])
  })

  it('finds no deleted profile by anything', async () => {
    const { client } = await newClient()
    const gone = await client.make({ reference: 'gone', fullName: 'Gone Girl', phone: '+4930901820' })
    await client.delete(`/profiles/${gone.id}`)
    const texts = ['gone', 'girl', '+4930', gone.id, gone.uid, gone.longId, String(gone.number)]
    for (const q of texts) expect(await search(client, q), q).toEqual([])
  })

  it('never finds a profile of another app', async () => {
    const { client } = await newClient()
    const other = (await newClient()).client
    const body = {
      reference: 'wall',
      username: 'wall.e',
      email: 'wall@example.com',
      phone: '+4930901820',
      fullName: 'Wall E',
    }
    const profile = await client.make(body)
    const texts = ['wall', 'e', 'wall@', '+4930', profile.id, profile.uid, profile.longId, String(profile.number)]
    for (const q of texts) {
      expect(await search(client, q), q).toEqual([profile.id])
      expect(await search(other, q), q).toEqual([])
    }
  })

  it('counts the 255 characters that a search may have as characters', async () => {
    const { client } = await newClient()
    const { id } = await client.make({ reference: '😀'.repeat(255) })
    expect(await search(client, '😀'.repeat(255))).toEqual([id])
    expectProblem(await client.get(listPath({ q: '😀'.repeat(256) })), 400, 'input_invalid', [
      { path: '/q', rule: 'too_long' },
    ])
  })
})

describe('GET /facet/v1/profiles?q=: 400', () => {
  let client: Client

  beforeAll(async () => {
    client = (await newClient()).client
  })

  it.each([
    ['nothing', '', 'too_short'],
    ['blanks', '%20%09', 'blank'],
    ['wide blanks', '%E3%80%80', 'blank'],
    ['NUL', 'a%00', 'text'],
  ])('refuses %s', async (_, q, rule) => {
    expectProblem(await client.get(`/profiles?q=${q}`), 400, 'input_invalid', [{ path: '/q', rule }])
  })

  it.each(['%ED%A0%80', '%ff', '%zz', '%', 'a%E2%82'])('refuses what is not percent-encoded UTF-8: %s', async (q) => {
    expectProblem(await client.get(`/profiles?q=${q}`), 400, 'request_malformed')
  })

  it('refuses filters and a sort beside it', async () => {
    const query = {
      q: 'a',
      sort: 'createdAt',
      type: 'User',
      reference: 'r',
      username: 'u',
      email: 'e',
      phone: 'p',
      country: 'c',
    }
    const { q: _, ...extra } = query
    const expected = Object.keys(extra).map((field) => ({ path: `/${field}`, rule: 'unknown' }))
    expectProblem(await client.get(listPath(query)), 400, 'input_invalid', expected)
  })

  it('refuses every cursor that no search made', async () => {
    const id = '01900000-0000-7000-8000-000000000000'
    const pack = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url')
    const forged = [
      'x',
      pack(['-createdAt', id]),
      pack(['q', '1', 'term']),
      pack(['q', '10', 'term', id]),
      pack(['q', '-1', 'term', id]),
      pack(['q', '1', 'te\0rm', id]),
      pack(['q', '1', 'te\uD800rm', id]),
      pack(['q', '1', 'term', 'id']),
      pack(['q', 1, 'term', id]),
    ]
    for (const cursor of forged) {
      const answer = await client.get(listPath({ q: 'a', cursor }))
      expectProblem(answer, 400, 'input_invalid', [{ path: '/cursor', rule: 'format' }])
    }
  })
})
