import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printedPathTable } from './printed-paths.ts'

/** The table of the contracts, cut down to what can clash. */
const rewrite = printedPathTable([
  { prefix: '/facet/v1', printed: [] },
  {
    prefix: '/oumla',
    printed: [
      { path: '/api/v1/wallets' },
      { path: '/api/v1/profiles', header: 'x-api-key' },
      { path: '/api/v1', header: 'x-api-key', lastResort: true },
    ],
  },
  {
    prefix: '/epixel',
    printed: [{ path: '/api/v1/user/get' }, { path: '/api/v1', header: 'apikey', lastResort: true }],
  },
  { prefix: '/ona', printed: [{ path: '/api/v1/profiles' }, { path: '/api/v1', lastResort: true }] },
  { prefix: '/ocamba', printed: [{ path: '/v1/hood' }] },
  { prefix: '/original', printed: [{ path: '/v1' }] },
])

describe('printedPathTable', () => {
  it.each([
    ['a path that one dialect prints', '/api/v1/wallets', {}, '/oumla/api/v1/wallets'],
    ['all below it', '/api/v1/wallets/7/x', {}, '/oumla/api/v1/wallets/7/x'],
    ['with its query', '/api/v1/wallets?take=1', {}, '/oumla/api/v1/wallets?take=1'],
    ['by its header', '/api/v1/profiles', { 'x-api-key': 'x' }, '/oumla/api/v1/profiles'],
    ['by its header, though that is empty', '/api/v1/profiles', { 'x-api-key': '' }, '/oumla/api/v1/profiles'],
    ['without it where another prints the path too', '/api/v1/profiles', { apikey: 'x' }, '/ona/api/v1/profiles'],
    [
      'a path that one dialect prints, whatever the header',
      '/api/v1/wallets',
      { apikey: 'x' },
      '/oumla/api/v1/wallets',
    ],
    ['the same of another', '/api/v1/user/get/x/', { 'x-api-key': 'x' }, '/epixel/api/v1/user/get/x/'],
    ['what nobody prints by its header', '/api/v1/x', { apikey: 'x' }, '/epixel/api/v1/x'],
    ['the first of two headers', '/api/v1/x', { apikey: 'x', 'x-api-key': 'x' }, '/oumla/api/v1/x'],
    ['the longer path of two headers', '/api/v1/profiles', { apikey: 'x', 'x-api-key': 'x' }, '/oumla/api/v1/profiles'],
    ['the last resort where nothing else fits', '/api/v1/x', {}, '/ona/api/v1/x'],
    ['the longer of two paths', '/v1/hood/x', {}, '/ocamba/v1/hood/x'],
    ['the shorter where the longer does not fit', '/v1/hoody', {}, '/original/v1/hoody'],
    ['the path alone', '/v1', {}, '/original/v1'],
  ])('sends on %s', (_, url, headers, rewritten) => {
    expect(rewrite(url, headers)).toBe(rewritten)
  })

  it.each([
    '/',
    '/v10/user',
    '/api/v2',
    '/api/v1x',
    '/API/v1',
    '/xv1',
    '//v1',
    '/%76%31',
    '/healthz',
    'v1',
    '*',
    '/?a=/v1',
  ])('leaves alone what nobody prints: %s', (url) => {
    expect(rewrite(url, { 'x-api-key': 'x', apikey: 'x' })).toBe(url)
  })

  it('leaves a prefix of a dialect alone, whatever the headers, and so rewrites nothing twice', () => {
    const anyUrl = fc.tuple(
      fc.constantFrom('/facet/v1', '/oumla', '/ona', '/epixel', '/v1', '/v1/hood', '/api/v1', '/api/v1/profiles'),
      fc.webPath(),
    )
    const anyHeaders = fc
      .subarray(['x-api-key', 'apikey'])
      .map((names) => Object.fromEntries(names.map((name) => [name, 'x'])))
    fc.assert(
      fc.property(anyUrl, anyHeaders, ([start, rest], headers) => {
        const once = rewrite(start + rest, headers)
        expect(once.endsWith(start + rest)).toBe(true)
        expect(rewrite(once, headers)).toBe(once)
      }),
    )
  })

  it('depends on the dialects and not on the order in which they stand', () => {
    const a = { prefix: '/a', printed: [{ path: '/v1' }] }
    const b = { prefix: '/b', printed: [{ path: '/v1/deep' }, { path: '/v1', header: 'h' }] }
    for (const table of [printedPathTable([a, b]), printedPathTable([b, a])]) {
      expect(table('/v1/deep', {})).toBe('/b/v1/deep')
      expect(table('/v1/deep', { h: '' })).toBe('/b/v1/deep')
      expect(table('/v1/x', { h: '' })).toBe('/b/v1/x')
      expect(table('/v1/x', {})).toBe('/a/v1/x')
    }
  })
})
