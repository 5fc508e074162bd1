import { describe, expect, it } from 'vitest'
import type { AppSettingsPatch } from './organizations.types.ts'
import { patchStored, toSettings } from './settings.rules.ts'

const defaults = { limits: { perSecond: 10, perMinute: 150, parallel: 10 } }

function issuesOf(patch: unknown): unknown {
  try {
    patchStored({}, patch as AppSettingsPatch)
  } catch (error) {
    return (error as { fault: { issues: unknown } }).fault.issues
  }
  return []
}

describe('toSettings', () => {
  it('gives every setting its default until it is set', () => {
    expect(toSettings({})).toEqual(defaults)
    expect(toSettings({ limits: { perMinute: 600 } })).toEqual({ limits: { ...defaults.limits, perMinute: 600 } })
  })

  it('leaves out what it does not know', () => {
    expect(toSettings({ limits: { perYear: 1 }, colours: { sky: 'blue' } })).toEqual(defaults)
  })
})

describe('patchStored', () => {
  it('changes what is named and leaves the rest', () => {
    const stored = patchStored({ limits: { perSecond: 20 } }, { limits: { perMinute: 600 } })
    expect(stored).toEqual({ limits: { perSecond: 20, perMinute: 600 } })
    expect(patchStored(stored, {})).toEqual(stored)
    expect(patchStored(stored, { limits: { perSecond: undefined } })).toEqual(stored)
  })

  it('stores nothing for what is put back to its default, by null or by its value', () => {
    const stored = { limits: { perSecond: 20, perMinute: 600 } }
    expect(patchStored(stored, { limits: { perSecond: null } })).toEqual({ limits: { perMinute: 600 } })
    expect(patchStored(stored, { limits: { perSecond: 10, perMinute: 150 } })).toEqual({})
    expect(patchStored({}, { limits: { parallel: null } })).toEqual({})
  })

  it('keeps what a newer version stored, and does not change what it was given', () => {
    const stored = { limits: { perYear: 1, perSecond: 20 }, colours: { sky: 'blue' } }
    const before = structuredClone(stored)
    expect(patchStored(stored, { limits: { perSecond: null } })).toEqual({
      limits: { perYear: 1 },
      colours: { sky: 'blue' },
    })
    expect(stored).toEqual(before)
  })

  it.each([1, 1_000_000])('takes %d requests', (count) => {
    expect(patchStored({}, { limits: { perSecond: count } })).toEqual({ limits: { perSecond: count } })
  })

  it.each([0, -1, 1.5, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY, '10', true, {}])('refuses %j', (value) => {
    expect(issuesOf({ limits: { parallel: value } })).toEqual([
      { path: ['settings', 'limits', 'parallel'], rule: 'range' },
    ])
  })

  it('refuses names that it does not know, those of every object among them, and tells every mistake at once', () => {
    const patch = JSON.parse(
      '{"limits":{"perYear":1,"constructor":1,"perSecond":0},"toString":{"a":1},"__proto__":{"a":1}}',
    )
    expect(issuesOf(patch)).toEqual([
      { path: ['settings', 'limits', 'perYear'], rule: 'unknown' },
      { path: ['settings', 'limits', 'constructor'], rule: 'unknown' },
      { path: ['settings', 'limits', 'perSecond'], rule: 'range' },
      { path: ['settings', 'toString', 'a'], rule: 'unknown' },
      { path: ['settings', '__proto__', 'a'], rule: 'unknown' },
    ])
  })
})
