import { describe, expect, it } from 'vitest'
import { coreFields, type Mark, marksOf, tally } from './compare.ts'
import { type JsonNode, readJson } from './json-text.ts'

const record = {
  uid: '452711987655',
  number: 631152934236448,
  reference: 'user-1000',
  email: 'ada@example.com',
  phone: '+49658245684',
  firstName: 'Ada',
  city: 'Berlin',
  requireAuth: false,
  label: null,
  attributes: { plan: 'gold' },
  createdAt: '2026-11-26T01:24:31.066Z',
  updatedAt: '2026-11-26T01:24:31.066Z',
}

function read(answer: object): JsonNode {
  const node = readJson(JSON.stringify(answer))
  if (node === undefined) throw new Error('not JSON')
  return node
}

/** The mark of the only member of an answer, or of the first leaf in it. */
function markOf(answer: object): Mark | undefined {
  return [...marksOf(read(answer), coreFields(record)).values()][0]
}

describe('a member of a dialect’s answer', () => {
  it('is the core’s field when name and value agree, however the name is written', () => {
    for (const answer of [{ email: 'ada@example.com' }, { first_name: 'Ada' }, { FirstName: 'Ada' }, { label: '' }]) {
      expect(markOf(answer), JSON.stringify(answer)).toEqual({ kind: 'same' })
    }
  })

  it('is told by the field’s name when it has the value under another name', () => {
    expect(markOf({ client_id: 'user-1000' })).toEqual({ kind: 'renamed', field: 'reference' })
    expect(markOf({ id: 631152934236448 })).toEqual({ kind: 'renamed', field: 'number' })
    expect(markOf({ id: '631152934236448' })).toEqual({ kind: 'renamed', field: 'number' })
    expect(markOf({ tier: 'gold' })).toEqual({ kind: 'renamed', field: 'attributes.plan' })
  })

  it('is found by the instant, however it is written; of fields with one value, the one whose name is most like', () => {
    expect(markOf({ create_time: '2026-11-26 01:24:31' })).toEqual({ kind: 'renamed', field: 'createdAt' })
    expect(markOf({ update_time: '2026-11-26 01:24:31' })).toEqual({ kind: 'renamed', field: 'updatedAt' })
    expect(markOf({ created_at: '2026-11-26T01:24:31.066000Z' })).toEqual({ kind: 'same' })
    expect(markOf({ date: '2026-11-26T01:24:31.067Z' })).toEqual({ kind: 'own' })
  })

  it('is a part when it is a piece of the field that its name begins like', () => {
    expect(markOf({ phone_code: '+49' })).toEqual({ kind: 'part', field: 'phone' })
    expect(markOf({ phone_number: '658245684' })).toEqual({ kind: 'part', field: 'phone' })
    expect(markOf({ code: '+49' })).toEqual({ kind: 'own' })
  })

  it('is made of the longest field that stands in it, unless that is too short to prove something', () => {
    expect(markOf({ url: 'https://x.example/users/user-1000' })).toEqual({ kind: 'made', field: 'reference' })
    expect(markOf({ note: 'Ada of old' })).toEqual({ kind: 'own' })
  })

  it('is unlike a field whose name it has with another value', () => {
    expect(markOf({ city: '0' })).toEqual({ kind: 'unlike', field: 'city' })
  })

  it('is the dialect’s own when there is nothing like it; what is found everywhere proves nothing', () => {
    for (const answer of [{ is_org: false }, { region: '' }, { count: 0 }, { balance: '5' }, { wallets: [] }]) {
      expect(markOf(answer), JSON.stringify(answer)).toEqual({ kind: 'own' })
    }
  })
})

describe('marks', () => {
  const answer = read({ data: { uid: '452711987655', ext: 'user-1000', balance: { total: '0', open: '0' } }, skip: 0 })
  const marks = marksOf(answer, coreFields(record))

  it('say once, at the holder, that everything inside is the dialect’s own', () => {
    expect([...marks.values()]).toEqual([
      { kind: 'same' },
      { kind: 'renamed', field: 'reference' },
      { kind: 'own' },
      { kind: 'own' },
    ])
  })

  it('are counted by leaf', () => {
    expect(tally(marks)).toEqual({ same: 1, renamed: 1, own: 3 })
  })
})

describe('readJson', () => {
  it('keeps numbers and escapes letter by letter', () => {
    const node = readJson('{"a\\u0041": [17956562713570697620, 1.0, "\\u00e9", true, {}]}')
    expect(node).toEqual({
      kind: 'object',
      members: [
        {
          name: 'aA',
          nameText: '"a\\u0041"',
          value: {
            kind: 'array',
            items: [
              { kind: 'leaf', text: '17956562713570697620' },
              { kind: 'leaf', text: '1.0' },
              { kind: 'leaf', text: '"\\u00e9"' },
              { kind: 'leaf', text: 'true' },
              { kind: 'object', members: [] },
            ],
          },
        },
      ],
    })
  })

  it('reads nothing out of what is no JSON', () => {
    expect(readJson('<html>')).toBeUndefined()
  })
})
