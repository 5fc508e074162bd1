import { describe, expect, it } from 'vitest'
import type { AppMode, AppSettingsPatch } from './organizations.types.ts'
import { patchStored, toSettings } from './settings.rules.ts'

const limits = { perSecond: 10, perMinute: 150, parallel: 10 }
const testNetworks = ['tBTC', 'tETH', 'AMOY', 'SANDBOX']
const mainNetworks = ['BTC', 'ETH', 'POLYGON']
const defaults = {
  sandbox: {
    limits,
    selfService: { enabled: true, registration: true, strict: false, changesPerDay: 10 },
    wallets: { networks: testNetworks, withProfile: [], defaultEvmNetwork: 'AMOY' },
  },
  live: {
    limits,
    selfService: { enabled: false, registration: false, strict: true, changesPerDay: 10 },
    wallets: { networks: mainNetworks, withProfile: [], defaultEvmNetwork: 'POLYGON' },
  },
}

function issuesOf(patch: unknown, mode: AppMode = 'live'): unknown {
  try {
    patchStored({}, patch as AppSettingsPatch, mode)
  } catch (error) {
    return (error as { fault: { issues: unknown } }).fault.issues
  }
  return []
}

describe('toSettings', () => {
  it('gives every setting its default until it is set', () => {
    for (const mode of ['sandbox', 'live'] as const) {
      expect(toSettings({}, mode)).toEqual(defaults[mode])
      const set = toSettings({ limits: { perMinute: 600 } }, mode)
      expect(set).toEqual({ ...defaults[mode], limits: { ...limits, perMinute: 600 } })
    }
  })

  it('opens a sandbox to people, and nothing of a live app until that is set', () => {
    const open = toSettings({ selfService: { enabled: true } }, 'live')
    expect(open.selfService).toEqual({ enabled: true, registration: false, strict: true, changesPerDay: 10 })
    const shut = toSettings({ selfService: { enabled: false } }, 'sandbox')
    expect(shut.selfService).toEqual({ enabled: false, registration: true, strict: false, changesPerDay: 10 })
  })

  it('leaves out what it does not know', () => {
    expect(toSettings({ limits: { perYear: 1 }, colours: { sky: 'blue' } }, 'live')).toEqual(defaults.live)
  })
})

describe('patchStored', () => {
  it('changes what is named and leaves the rest', () => {
    const stored = patchStored({ limits: { perSecond: 20 } }, { limits: { perMinute: 600 } }, 'live')
    expect(stored).toEqual({ limits: { perSecond: 20, perMinute: 600 } })
    expect(patchStored(stored, {}, 'live')).toEqual(stored)
    expect(patchStored(stored, { limits: { perSecond: undefined } }, 'live')).toEqual(stored)
  })

  it('stores nothing for what is put back to its default, by null or by its value', () => {
    const stored = { limits: { perSecond: 20, perMinute: 600 } }
    expect(patchStored(stored, { limits: { perSecond: null } }, 'live')).toEqual({ limits: { perMinute: 600 } })
    expect(patchStored(stored, { limits: { perSecond: 10, perMinute: 150 } }, 'live')).toEqual({})
    expect(patchStored({}, { limits: { parallel: null } }, 'live')).toEqual({})
  })

  it('keeps what a newer version stored, and does not change what it was given', () => {
    const stored = { limits: { perYear: 1, perSecond: 20 }, colours: { sky: 'blue' } }
    const before = structuredClone(stored)
    expect(patchStored(stored, { limits: { perSecond: null } }, 'live')).toEqual({
      limits: { perYear: 1 },
      colours: { sky: 'blue' },
    })
    expect(stored).toEqual(before)
  })

  it.each([1, 1_000_000])('takes %d requests', (count) => {
    expect(patchStored({}, { limits: { perSecond: count } }, 'live')).toEqual({ limits: { perSecond: count } })
  })

  it('stores what differs from the default of the mode', () => {
    const patch = { selfService: { enabled: true, registration: false, strict: true } }
    expect(patchStored({}, patch, 'live')).toEqual({ selfService: { enabled: true } })
    expect(patchStored({}, patch, 'sandbox')).toEqual({ selfService: { registration: false, strict: true } })
    expect(patchStored({ selfService: { strict: true } }, { selfService: { strict: null } }, 'sandbox')).toEqual({})
  })

  it.each([0, 1, 'true', 'on', {}])('takes a choice as true or false only, and not as %j', (value) => {
    expect(issuesOf({ selfService: { strict: value } })).toEqual([
      { path: ['settings', 'selfService', 'strict'], rule: 'type' },
    ])
  })

  it('lets wallets be on networks of the mode of the app, and stores nothing for the default', () => {
    const some = { wallets: { networks: ['AMOY', 'tBTC'], withProfile: ['tBTC'], defaultEvmNetwork: 'SANDBOX' } }
    expect(patchStored({}, some, 'sandbox')).toEqual(some)
    expect(toSettings(patchStored({}, some, 'sandbox'), 'sandbox')).toEqual({ ...defaults.sandbox, ...some })
    expect(patchStored({}, { wallets: { networks: [] } }, 'live')).toEqual({ wallets: { networks: [] } })
    expect(patchStored(some, { wallets: defaults.sandbox.wallets }, 'sandbox')).toEqual({})
    const back = { networks: null, withProfile: null, defaultEvmNetwork: null }
    expect(patchStored(some, { wallets: back }, 'sandbox')).toEqual({})
  })

  it.each([
    ['live', testNetworks, mainNetworks, ['ETH', 'POLYGON']],
    ['sandbox', mainNetworks, testNetworks, ['tETH', 'AMOY', 'SANDBOX']],
  ] as const)('keeps a %s app off the networks of the other mode', (mode, others, allowed, evmAllowed) => {
    for (const alias of others) {
      const wallets = { networks: [...allowed, alias], withProfile: [alias], defaultEvmNetwork: alias }
      expect(issuesOf({ wallets }, mode)).toEqual([
        { path: ['settings', 'wallets', 'networks'], rule: 'choice', allowed },
        { path: ['settings', 'wallets', 'withProfile'], rule: 'choice', allowed },
        { path: ['settings', 'wallets', 'defaultEvmNetwork'], rule: 'choice', allowed: evmAllowed },
      ])
    }
  })

  it.each([['DOGE'], ['btc'], ['BTC', 'BTC'], [''], [1], [null]])(
    'takes each network once, and not %j',
    (...networks) => {
      expect(issuesOf({ wallets: { networks } })).toEqual([
        { path: ['settings', 'wallets', 'networks'], rule: 'choice', allowed: mainNetworks },
      ])
    },
  )

  it.each(['BTC', 1, true, {}])('takes networks as a list only, and not as %j', (value) => {
    expect(issuesOf({ wallets: { networks: value } })).toEqual([
      { path: ['settings', 'wallets', 'networks'], rule: 'type' },
    ])
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
