import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

/** Asserts that a field takes a value and shows it as `shown`, both at once and when it is read. */
async function expectTaken(field: string, value: unknown, shown: unknown = value): Promise<void> {
  const profile = await client.make({ [field]: value })
  expect(profile[field]).toEqual(shown)
  const path = `/profiles/${profile.id}`
  expect((await client.get(path)).json()[field]).toEqual(shown)
  expect((await client.delete(path)).statusCode).toBe(204)
}

async function expectRefused(field: string, value: unknown, rule: string): Promise<void> {
  const answer = await client.post('/profiles', { [field]: value })
  expectProblem(answer, 400, 'input_invalid', [{ path: `/${field}`, rule }])
}

const smile = '😀'
const letter = '𐐨'

describe('Lengths', () => {
  it.each([
    ['reference', 255, smile],
    ['label', 255, smile],
    ['username', 250, letter],
    ['firstName', 255, smile],
    ['lastName', 255, smile],
    ['fullName', 511, smile],
    ['city', 255, smile],
    ['organization', 255, smile],
    ['website', 255, smile],
    ['twitter', 255, smile],
  ])(
    '%s takes %i characters, counted as characters and not as UTF-16, and no more',
    async (field, limit, character) => {
      await expectTaken(field, character.repeat(limit))
      await expectRefused(field, character.repeat(limit + 1), 'too_long')
      await expectTaken(field, 'x'.repeat(limit))
      await expectRefused(field, 'x'.repeat(limit + 1), 'too_long')
    },
  )

  it('joins two names of full length into a full name', async () => {
    const [firstName, lastName] = [smile.repeat(255), letter.repeat(255)]
    const profile = await client.make({ firstName, lastName })
    expect(profile.fullName).toBe(`${firstName} ${lastName}`)
  })
})

const texts = [
  'reference',
  'label',
  'username',
  'email',
  'phone',
  'firstName',
  'lastName',
  'fullName',
  'country',
  'city',
]
const moreTexts = ['organization', 'website', 'twitter', 'language', 'timezone', 'currency']

describe('Texts', () => {
  it.each([...texts, ...moreTexts])('%s refuses NUL, and half a surrogate pair', async (field) => {
    for (const value of ['abc\0', '\0', 'abc\uD800', '\uDC00abc', 'ab\uDE00\uD83Dcd'])
      await expectRefused(field, value, 'text')
  })

  it.each([...texts, ...moreTexts])('%s takes null for nothing', async (field) => {
    await expectTaken(field, null)
  })

  it.each(['username', 'email', 'phone', 'country', 'language', 'timezone', 'currency'])(
    '%s takes an empty text for nothing',
    async (field) => {
      await expectTaken(field, '', null)
    },
  )

  it.each(['label', 'firstName', 'city', 'organization', 'website', 'twitter'])(
    '%s keeps an empty text',
    async (field) => {
      await expectTaken(field, '')
    },
  )

  it('keeps every text as it was given: blanks, controls, composition and direction', async () => {
    for (const value of [' a ', 'a\tb\r\n', 'e\u0301', 'é', '\u202Eabc', 'a\u200Db', '\uFEFFx', '\u007F']) {
      await expectTaken('label', value)
      await expectTaken('reference', value)
    }
  })
})

describe('Usernames', () => {
  it.each(['abc', 'a.b', 'a_b-c+d@e', 'José', 'e\u0301tude', 'नमस्ते', '漢字漢', 'user@example.com', '123a', '...'])(
    'takes %s',
    async (value) => {
      await expectTaken('username', value)
    },
  )

  it.each([
    ['ab', 'too_short'],
    ['a b', 'format'],
    ['a/b', 'format'],
    ['ab😀', 'format'],
    ['abc\n', 'format'],
    ['12345', 'format'],
    ['１２３４', 'format'],
    ['<abc>', 'format'],
  ])('refuses %j', async (value, rule) => {
    await expectRefused('username', value, rule)
  })
})

describe('E-mails', () => {
  it.each([
    'a@b.co',
    'First.Last+tag@Sub.Example.COM',
    "o'hara!#$%&*/=?^_`{|}~-@example.com",
    '用户@例子.广告',
    'jose\u0301@example.com',
    'राम@मोहन.भारत',
    'a@xn--bcher-kva.example',
    `${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}co`,
  ])('takes %s', async (value) => {
    await expectTaken('email', value)
  })

  it.each([
    'plain',
    '@example.com',
    'a@',
    'a@b',
    'a@@b.co',
    'a b@c.de',
    'a@b..co',
    '.a@b.co',
    'a.@b.co',
    'a..b@c.de',
    'a@-b.co',
    'a@b-.co',
    'a@b.c',
    'a@b.co\n',
    'a@[127.0.0.1]',
    '"a"@b.co',
    'A <a@b.co>',
    'a@b.co,c@d.eu',
    'mailto:a@b.co',
  ])('refuses %j', async (value) => {
    await expectRefused('email', value, 'format')
  })

  it('refuses what no mail server takes: 255 octets, or 65 before the @', async () => {
    await expectRefused('email', `${'a'.repeat(64)}@${'b.'.repeat(94)}cc`.padEnd(255, 'c'), 'too_long')
    await expectRefused('email', `${'ü'.repeat(33)}@example.com`, 'too_long')
  })
})

describe('Phones', () => {
  it.each([
    ['+49 30 901820', '+4930901820'],
    ['+49 (0)30 901820', '+4930901820'],
    ['+1 (415) 555-2671', '+14155552671'],
    ['+14155552671', '+14155552671'],
    ['＋４４ ２０ ７９４６ ０９５８', '+442079460958'],
    ['+800 1234 5678', '+80012345678'],
  ])('reads %s as %s', async (value, shown) => {
    await expectTaken('phone', value, shown)
  })

  it.each(['+999 12345', '+999-12.345 (67)'])(
    'keeps a number of an unknown calling code as given: %s',
    async (value) => {
      await expectTaken('phone', value)
    },
  )

  it.each([
    '030 901820',
    '4930901820',
    '+',
    '+49',
    '+49 1',
    '+1 23',
    'phone',
    '+49 30 901820 ext. 5',
    '+1 415 555 2671x',
    '++4930901820',
    'call +4930901820',
    '+4930901820, +4930901821',
    '+0 123456',
  ])('refuses %s', async (value) => {
    await expectRefused('phone', value, 'format')
  })

  it('refuses more than 64 characters', async () => {
    await expectRefused('phone', `+49${' '.repeat(60)}30901820`, 'too_long')
  })
})

describe('Codes', () => {
  it.each([
    ['country', 'de', 'DE'],
    ['country', 'XK', 'XK'],
    ['language', 'pt-br', 'pt-BR'],
    ['language', 'zh-hant-tw', 'zh-Hant-TW'],
    ['language', 'FIL', 'fil'],
    ['timezone', 'europe/berlin', 'Europe/Berlin'],
    ['timezone', 'Asia/Calcutta', 'Asia/Calcutta'],
    ['timezone', 'UTC', 'UTC'],
    ['currency', 'jpy', 'JPY'],
  ])('%s takes %s and shows %s', async (field, value, shown) => {
    await expectTaken(field, value, shown)
  })

  it.each([
    ['country', ['XX', 'ZZ', 'EU', 'UN', 'DEU', 'D', '49', 'ÄÖ', ' DE', 'ﬀ']],
    ['language', ['xx', 'english', 'e', 'en_', '-', 'de-', 'i am']],
    ['timezone', ['Mars/Base', 'GMT+25', '../etc/passwd', 'Europe/', '+25:00']],
    ['currency', ['ZZZ', 'EU', 'EURO', '€', 'ﬆa']],
  ])('%s refuses what is none', async (field, values) => {
    for (const value of values) await expectRefused(field, value, 'choice')
  })
})

/** Nested objects, `depth` levels with the attributes themselves. */
function nested(depth: number): object {
  let value: object = {}
  for (let level = 1; level < depth; level++) value = level % 2 === 0 ? { deeper: value } : { list: [value] }
  return value
}

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
}

describe('Attributes', () => {
  it('take any JSON object and give it back', async () => {
    const values: object[] = [
      {},
      { '': '', ' ': ' ', 'a.b/c~d': 1, ключ: ['😀', null, true, false, {}, []] },
      { number: 0.1, negative: -1.5e-7, big: 1e308, safe: Number.MAX_SAFE_INTEGER, zero: 0 },
      { constructor: 'x', toString: 1, hasOwnProperty: false },
    ]
    for (const value of values) await expectTaken('attributes', value)
  })

  it('take 64 KiB as JSON, counted in bytes, and not one more', async () => {
    const of = (bytes: number) => ({ a: `${smile.repeat(10)}${'x'.repeat(bytes - 48)}` })
    expect(Buffer.byteLength(JSON.stringify(of(65_536)))).toBe(65_536)
    await expectTaken('attributes', of(65_536))
    await expectRefused('attributes', of(65_537), 'too_long')
  })

  it('take 32 levels, and not one more, however deep', async () => {
    const odd = { a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }
    expect(depthOf(odd)).toBe(32)
    await expectTaken('attributes', odd)
    await expectRefused('attributes', { a: odd }, 'too_deep')
    await expectRefused('attributes', { a: [nested(40)] }, 'too_deep')
    const abyss = `{"attributes":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
    expectProblem(await client.post('/profiles', abyss), 400, 'input_invalid', [
      { path: '/attributes', rule: 'too_deep' },
    ])
  })

  it.each([{ a: 'x\0' }, { 'x\0': 1 }, { a: [{ b: '\uD800' }] }, { a: { '\uDC00': 1 } }, { a: ['\uDE00\uD83D'] }])(
    'refuse NUL and half a surrogate pair in keys and values: %j',
    async (value) => {
      await expectRefused('attributes', value, 'text')
    },
  )

  it('refuse a number that no double holds, instead of keeping null for it', async () => {
    for (const number of ['1e999', '-1e999']) {
      const answer = await client.post('/profiles', `{"attributes":{"a":[${number}]}}`)
      expectProblem(answer, 400, 'input_invalid', [{ path: '/attributes', rule: 'range' }])
    }
  })

  it.each(['null', '[]', '"x"', '1', 'true'])('are an object, and not %s', async (json) => {
    const answer = await client.post('/profiles', `{"attributes":${json}}`)
    expectProblem(answer, 400, 'input_invalid', [{ path: '/attributes', rule: 'type' }])
  })
})
