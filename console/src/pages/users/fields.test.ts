import { describe, expect, it } from 'vitest'
import { changesBetween, readAttributes, toForm } from './fields.ts'

const blank = toForm(undefined)

describe('the body of a change', () => {
  it('says only what differs, and null for what was emptied', () => {
    const before = { ...blank, email: 'ada@example.com', city: 'Lagos', listIds: ['x', 'y'] }
    const after = { ...before, email: '', fullName: 'Ada', listIds: ['y', 'x'] }
    expect(changesBetween(before, after)).toEqual({ email: null, fullName: 'Ada' })
    expect(changesBetween(before, before)).toEqual({})
  })

  it('holds attributes as JSON, and none for an empty text', () => {
    expect(changesBetween(blank, { ...blank, attributes: '{"plan": "gold"}' })).toEqual({
      attributes: { plan: 'gold' },
    })
    expect(changesBetween({ ...blank, attributes: '{"a":1}' }, blank)).toEqual({ attributes: {} })
  })

  it('takes nothing but an object for attributes', () => {
    for (const text of ['[]', '1', 'null', '{']) expect(() => readAttributes(text), text).toThrow(SyntaxError)
  })
})
