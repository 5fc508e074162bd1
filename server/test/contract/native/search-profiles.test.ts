import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { type Client, clientOf, expectProblem, idsOf, listPath, type ProfileBody, walk } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)

async function newClient(): Promise<{ tenant: TestTenant; client: Client }> {
  const tenant = await api.newTenant()
  return { tenant, client: clientOf(api, tenant.apiKey) }
}

/** The ids that a search finds, in order. */
async function search(client: Client, q: string, limit = 200): Promise<string[]> {
  return idsOf(await walk(client, { q, limit }))
}

/** Makes profiles whose names have the words that an expression gives for each `n`, from 1. */
async function fillWithWords({ ctx }: TestTenant, words: string, count: number): Promise<void> {
  await database.db.query(
    `insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type, full_name, name_words)
     select $1, gen_random_uuid(), 100000000000 + n, 17000000000000000000 + n, n, now(), now(), 'User', 'Name', ${words}
     from generate_series(1, $2::int) n`,
    [ctx.appId, count],
  )
  await database.db.query(
    `insert into profile_words (app_id, word, profile_id)
     select app_id, word, id from profiles, unnest(name_words) word where app_id = $1`,
    [ctx.appId],
  )
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
    ['a phone with its trunk prefix in brackets', '+44 (0) 20 7946 0958'],
    ['a phone with dots', '+44.20.7946.0958'],
    ['a phone with slashes', '0044/20/7946/0958'],
    ['a phone as a link', 'tel:+44-20-7946-0958'],
    ['a phone as a link with 00', 'TEL:0044 2079460958'],
    ['a phone without a plus, with blanks', '44 20 79 46'],
    ['a phone in full width', '＋４４ ２０ ７９４６'],
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

  it('lists nothing but what is searched for, wherever a cursor points', async () => {
    const { client } = await newClient()
    await client.make({ reference: 'aa', username: 'aaa', fullName: 'Aa' })
    const { id } = await client.make({ fullName: 'Mm' })
    await client.make({ reference: 'zz', username: 'zzz', fullName: 'Zz' })
    for (const source of ['1', '2', '3', '4', '5']) {
      for (const term of ['', 'a', 'aa', 'm']) {
        const cursor = ['q', 'm', source, term, '01900000-0000-7000-8000-000000000000']
        const packed = Buffer.from(JSON.stringify(cursor)).toString('base64url')
        const { data } = (await client.get(listPath({ q: 'm', cursor: packed }))).json()
        expect(data.map((profile: ProfileBody) => profile.id)).toEqual([id])
      }
    }
  })

  it('keeps the order of pages when words have characters past U+FFFF', async () => {
    const { client } = await newClient()
    const names = ['a𐐨', 'aﬀ', 'a\uFFEE', 'a😀b', 'az', 'a', 'a漢']
    const ids = []
    for (const fullName of names) ids.push((await client.make({ fullName })).id)
    expect((await search(client, 'a', 1)).toSorted()).toEqual(ids.toSorted())
  })
})

describe('GET /facet/v1/profiles?q=: addresses', () => {
  /** A profile with a wallet on a network; gives its first address. */
  async function housed({ tenant, client }: Awaited<ReturnType<typeof newClient>>, network: string, body: object = {}) {
    const profile = await client.make(body)
    await client.post(`/profiles/${profile.id}/wallets`, { network, withAddress: true })
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const [wallet] = (await client.get(`/profiles/${profile.id}/wallets`)).json().data
    const { data } = (await client.get(`/wallets/${wallet.id}/addresses`)).json()
    return { profile, address: data[0].address as string }
  }

  it('finds by an EVM address in any case, with blanks around it, whole and not by its beginning', async () => {
    const own = await newClient()
    const { profile, address } = await housed(own, 'AMOY')
    for (const q of [address, address.toLowerCase(), address.toUpperCase(), ` ${address} `]) {
      expect(await search(own.client, q), q).toEqual([profile.id])
    }
    expect(await search(own.client, address.slice(0, -1))).toEqual([])
    expect(await search((await newClient()).client, address)).toEqual([])
  })

  it('finds by a bech32 address in upper or lower case, and in no mixed case', async () => {
    const own = await newClient()
    const { profile, address } = await housed(own, 'tBTC')
    for (const q of [address, address.toUpperCase()]) expect(await search(own.client, q), q).toEqual([profile.id])
    expect(await search(own.client, `TB1${address.slice(3)}`)).toEqual([])
  })

  it('lists the owner first and once, page by page, before those who are called like the address', async () => {
    const own = await newClient()
    const { profile, address } = await housed(own, 'AMOY', { label: 'owner' })
    await own.client.patch(`/profiles/${profile.id}`, { reference: address, username: address, fullName: address })
    const named = await own.client.make({ reference: `${address}-2` })
    const alike = await own.client.make({ fullName: `Like ${address}` })
    for (const limit of [1, 200]) {
      expect(await search(own.client, address, limit)).toEqual([profile.id, named.id, alike.id])
    }
  })

  it('finds who has a wallet since a merge, and nobody by the address of a deleted profile', async () => {
    const own = await newClient()
    const { profile, address } = await housed(own, 'AMOY')
    const target = await own.client.make()
    await own.client.post(`/profiles/${target.id}/merge`, { source: profile.id })
    expect(await search(own.client, address)).toEqual([target.id])
    await own.client.delete(`/profiles/${target.id}`)
    expect(await search(own.client, address)).toEqual([])
  })
})

describe('GET /facet/v1/profiles?q=: bounded pages', () => {
  it('finds all, in order and once, though most of what pages look at is no match', async () => {
    const { tenant, client } = await newClient()
    // Beside a hundred who have both words: many with the first, and many with the second.
    const words = `case when n % 97 = 0 then array['adam', 'bob'] when n % 2 = 0 then array['adam'] else array['bob'] end`
    await fillWithWords(tenant, words, 9_700)
    for (const limit of [7, 200]) {
      const pages = await walk(client, { q: 'bo ada', limit })
      const found = idsOf(pages)
      expect([found.length, new Set(found).size]).toEqual([100, 100])
      expect(found).toEqual(found.toSorted())
      // All would fit on one page of 200.
      expect(pages.length).toBeGreaterThan(1)
    }
  })
})

describe('GET /facet/v1/profiles?q=: several words', () => {
  it('begins with the word that fewest have: one among thousands is on the first page', async () => {
    const { tenant, client } = await newClient()
    await fillWithWords(tenant, `case when n = 4999 then array['annabella', 'wu'] else array['annabella'] end`, 5_000)
    for (const q of ['wu annabella', 'annabella w']) {
      const { data, nextCursor } = (await client.get(listPath({ q }))).json()
      expect([data.length, nextCursor]).toEqual([1, null])
    }
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
      pack(['q', '1', 'term', id]),
      pack(['q', 'a', '10', 'term', id]),
      pack(['q', 'a', '-1', 'term', id]),
      pack(['q', 'a', '1', 'te\0rm', id]),
      pack(['q', 'a', '1', 'te\uD800rm', id]),
      pack(['q', 'a', '1', 'term', 'id']),
      pack(['q', 'a', 1, 'term', id]),
      pack(['q', 'b', '1', 'term', id]),
    ]
    for (const cursor of forged) {
      const answer = await client.get(listPath({ q: 'a', cursor }))
      expectProblem(answer, 400, 'input_invalid', [{ path: '/cursor', rule: 'format' }])
    }
  })
})
