import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventTypes } from '../event-types.ts'
import { checkEndpoint, endOfOverlap, mintWebhookSecret } from './webhooks.rules.ts'
import type { UpdateEndpointInput } from './webhooks.types.ts'

const none = () => undefined

/** The issues of an input; none when it is taken. */
function issuesOf(input: UpdateEndpointInput, refusalOf: Parameters<typeof checkEndpoint>[1] = none): unknown {
  try {
    checkEndpoint(input, refusalOf)
    return []
  } catch (error) {
    return (error as { fault: { issues: unknown } }).fault.issues
  }
}

describe('the URL of an endpoint', () => {
  it.each([
    ['malformed', { rule: 'format' }],
    ['credentials', { rule: 'format' }],
    ['not_https', { rule: 'https' }],
    ['address', { rule: 'range' }],
  ] as const)('is refused when it can never be posted to: %s', (refusal, issue) => {
    expect(issuesOf({ url: 'https://example.com' }, () => refusal)).toEqual([{ path: ['url'], ...issue }])
  })

  it('has at most 2048 characters', () => {
    const url = `https://example.com/${'a'.repeat(2_028)}`
    expect(url).toHaveLength(2_048)
    expect(issuesOf({ url })).toEqual([])
    expect(issuesOf({ url: `${url}a` })).toEqual([{ path: ['url'], rule: 'too_long', limit: 2_048 }])
  })

  it.each([' https://example.com', 'https://example.com\n', 'https://exa\tmple.com', 'https://example.com/\u0085'])(
    'holds nothing that a parser passes over: %j',
    (url) => {
      expect(issuesOf({ url })).toEqual([{ path: ['url'], rule: 'format' }])
    },
  )

  it.each([
    ['a backslash', 'https://example.com\\@evil.test/'],
    ['a backslash in the path', 'https://example.com/a\\b'],
    ['an empty label', 'https://a..b/'],
    ['a label before the first', 'https://.example.com/'],
    ['nothing but a dot', 'https://./'],
    ['port 0', 'https://example.com:0/'],
    ['a host of 254 characters', `https://${'a.'.repeat(126)}aa/`],
  ])('is refused with %s, which no host and no reader can be sure of', (_, url) => {
    expect(issuesOf({ url })).toEqual([{ path: ['url'], rule: 'format' }])
  })

  it.each([
    ['HTTPS://Hooks.Example.COM:443', 'https://hooks.example.com/'],
    ['https://example.com/a/../b?c=d e'.replace(' ', '%20'), 'https://example.com/b?c=d%20e'],
    ['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
    ['https://example.com./', 'https://example.com./'],
    [`https://${'a.'.repeat(126)}a/`, `https://${'a.'.repeat(126)}a/`],
    ['http://127.1:3000', 'http://127.0.0.1:3000/'],
  ])('is kept as it is called: %s', (url, href) => {
    expect(checkEndpoint({ url }, none)).toEqual({ url: href })
  })

  it('has at most 2048 characters also as it is called', () => {
    const url = `https://example.com/${'é'.repeat(400)}`
    expect(issuesOf({ url: url.slice(0, 300) })).toEqual([])
    expect(issuesOf({ url })).toEqual([{ path: ['url'], rule: 'too_long', limit: 2_048 }])
  })

  it.each(['https://example.com/\0', 'https://example.com/\ud800'])('can be stored: %j', (url) => {
    expect(issuesOf({ url })).toEqual([{ path: ['url'], rule: 'text' }])
  })
})

describe('the types of an endpoint', () => {
  it('are any types of events, each once', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...eventTypes], { minLength: 1 }), (types) => {
        expect(issuesOf({ types })).toEqual([])
      }),
    )
  })

  it.each([['*'], ['profile.*'], ['webhook_endpoint.*'], ['*', 'profile.*', 'profile.created']])(
    'may be %s: a star for all that begin so',
    (...types) => {
      expect(issuesOf({ types })).toEqual([])
    },
  )

  it.each(['', '**', '.*', 'profile', 'profile.', 'profile*', 'profile.c*', 'profiles.*', 'PROFILE.*', 'constructor'])(
    'are never what stands for no type: %j',
    (type) => {
      expect(issuesOf({ types: ['app.created', type] })).toEqual([{ path: ['types', '1'], rule: 'choice' }])
    },
  )

  it('are one to a hundred', () => {
    expect(issuesOf({ types: [] })).toEqual([{ path: ['types'], rule: 'too_short', limit: 1 }])
    expect(issuesOf({ types: Array.from({ length: 101 }, () => '*') })).toEqual([
      { path: ['types'], rule: 'too_long', limit: 100 },
    ])
  })

  it('are kept once each, however often they are named', () => {
    const types = ['*', 'app.created', '*', 'app.created']
    expect(checkEndpoint({ types }, none)).toEqual({ types: ['*', 'app.created'] })
  })
})

describe('the other settings of an endpoint', () => {
  it.each([
    [{ description: 'é'.repeat(255) }, []],
    [{ description: null }, []],
    [{ description: '😀'.repeat(256) }, [{ path: ['description'], rule: 'too_long', limit: 255 }]],
    [{ description: ' ' }, [{ path: ['description'], rule: 'blank' }]],
    [{ description: 'a\0' }, [{ path: ['description'], rule: 'text' }]],
    [{ excludeActor: 'a'.repeat(64) }, []],
    [{ excludeActor: null }, []],
    [{ excludeActor: 'a'.repeat(65) }, [{ path: ['excludeActor'], rule: 'too_long', limit: 64 }]],
    [{ excludeActor: '' }, [{ path: ['excludeActor'], rule: 'blank' }]],
    [{ excludeActor: '\udfff' }, [{ path: ['excludeActor'], rule: 'text' }]],
    [{ signature: 'original' }, []],
    [{ signature: 'none' }, [{ path: ['signature'], rule: 'choice', allowed: ['standard', 'original'] }]],
    [{ state: 'paused' }, []],
    [{ state: 'disabled' }, [{ path: ['state'], rule: 'choice', allowed: ['active', 'paused'] }]],
  ])('%j', (input, issues) => {
    expect(issuesOf(input)).toEqual(issues)
  })

  it('are all blamed in one answer', () => {
    const input = { url: 'x', types: [], description: '', excludeActor: '', signature: '', state: '' }
    expect(issuesOf(input, () => 'malformed')).toHaveLength(6)
  })
})

describe('mintWebhookSecret', () => {
  it('gives 32 random bytes in base64, never the same', () => {
    const secrets = Array.from({ length: 100 }, mintWebhookSecret)
    expect(new Set(secrets).size).toBe(100)
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32)
    }
  })
})

describe('endOfOverlap', () => {
  const now = new Date('2026-11-22T10:00:00.000Z')

  it.each([
    [0, '2026-11-22T10:00:00.000Z'],
    [24, '2026-11-23T10:00:00.000Z'],
    [168, '2026-11-29T10:00:00.000Z'],
  ])('is %i hours from now', (hours, end) => {
    expect(endOfOverlap(now, hours).toISOString()).toBe(end)
  })

  it.each([-1, 169, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d hours', (hours) => {
    expect(() => endOfOverlap(now, hours)).toThrow(
      expect.objectContaining({
        fault: { code: 'input_invalid', issues: [{ path: ['overlapHours'], rule: 'range' }] },
      }),
    )
  })
})
