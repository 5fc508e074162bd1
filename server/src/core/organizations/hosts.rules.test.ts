import { describe, expect, it } from 'vitest'
import { changeHosts, type HostsChange, hostOfUrl, isLoopback, toHost } from './hosts.rules.ts'

describe('toHost', () => {
  it.each([
    ['shop.example.com', 'shop.example.com'],
    ['SHOP.Example.COM', 'shop.example.com'],
    ['shop.example.com.', 'shop.example.com'],
    ['localhost.', 'localhost'],
    ['intranet', 'intranet'],
    ['my_shop.example.com', 'my_shop.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['ｓｈｏｐ。example', 'shop.example'],
    ['127.1', '127.0.0.1'],
    ['0x7f.0.0.1', '127.0.0.1'],
    ['192.168.1.5', '192.168.1.5'],
    ['[::1]', '[::1]'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ])('writes %s as %s', (text, host) => {
    expect(toHost(text)).toBe(host)
    expect(toHost(host)).toBe(host)
  })

  const refused = [
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a b',
    ' a',
    'a ',
    'a\t',
    'a\nb',
    'a\0b',
    'a:80',
    'a:',
    'u@a',
    'u:p@a',
    'a/b',
  ]
  refused.push(
    'a\\b',
    'a?b',
    'a#b',
    'http://a',
    '//a',
    'a%62',
    '%',
    '*',
    '*.example.com',
    '::1',
    '[::1',
    '::1]',
    '[::g]',
    '[]',
  )
  refused.push('[::1]:80', '[fe80::1%eth0]', '[::1].a', 'a[b', '256.1.1.1', '1.2.3.4.5', 'a,b', "a'b", 'a"b', 'a<b')
  refused.push('a\u00ad\u200b', 'a\u202eb', '😀!', 'a!b', 'a$b', '\ud800', `${'a'.repeat(64)}.example`)
  refused.push(Array.from({ length: 64 }, () => 'abc').join('.'), 'a'.repeat(100_000))

  it.each(refused)('takes %j for no host', (text) => {
    expect(toHost(text)).toBeUndefined()
  })
})

describe('hostOfUrl', () => {
  it('gives the host alone, in the same form', () => {
    expect(hostOfUrl('https://Profiles.Example.com.:8443/base')).toBe('profiles.example.com')
    expect(hostOfUrl('http://[::1]:4000')).toBe('[::1]')
    expect(hostOfUrl(undefined)).toBeUndefined()
  })
})

describe('isLoopback', () => {
  it.each(['localhost', 'shop.localhost', 'a.b.localhost', '127.0.0.1', '127.1.2.3', '[::1]', '[::ffff:7f00:1]'])(
    'holds for %s',
    (host) => {
      expect(isLoopback(host)).toBe(true)
    },
  )

  const others = [
    'localhost.example.com',
    'notlocalhost',
    'localhost-',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '127.example.com',
  ]
  it.each([...others, '127.0.0.1.example.com', '[::2]', '[::ffff:a00:1]', '[::]', '[7f00::1]', ''])(
    'does not hold for %j',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('changeHosts', () => {
  const own = 'profiles.example.com'

  function issuesOf(change: HostsChange, before: readonly string[] = []): unknown {
    try {
      changeHosts(before, change, own)
    } catch (error) {
      return (error as { fault: { issues: unknown } }).fault.issues
    }
    return []
  }

  it('replaces the list whole, or adds and removes single hosts, and gives it sorted and without repeats', () => {
    expect(changeHosts(['x.example'], { hosts: ['b.example', 'A.example', 'a.example.'] }, own)).toEqual([
      'a.example',
      'b.example',
    ])
    expect(
      changeHosts(['b.example', 'c.example'], { addHosts: ['A.example'], removeHosts: ['C.EXAMPLE'] }, own),
    ).toEqual(['a.example', 'b.example'])
    expect(changeHosts(['a.example'], { hosts: [] }, own)).toEqual([])
    expect(changeHosts(['a.example'], {}, own)).toEqual(['a.example'])
  })

  it('never lists loopback or the own host, however they are spelled', () => {
    const hosts = ['localhost', 'x.LOCALHOST.', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'Profiles.example.com.']
    expect(issuesOf({ hosts })).toEqual(hosts.map((_, index) => ({ path: ['hosts', String(index)], rule: 'reserved' })))
    expect(issuesOf({ addHosts: ['localhost'] })).toEqual([{ path: ['addHosts', 'localhost'], rule: 'reserved' }])
  })

  it('tells every mistake at once, a host that is to go and is not there among them', () => {
    expect(issuesOf({ hosts: ['a b', 'ok.example', 'x:80'], addHosts: ['*'], removeHosts: ['y.example'] })).toEqual([
      { path: ['hosts', '0'], rule: 'format' },
      { path: ['hosts', '2'], rule: 'format' },
      { path: ['addHosts', '*'], rule: 'format' },
      { path: ['removeHosts', 'y.example'], rule: 'unknown' },
    ])
  })

  it('lists at most 100 hosts', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `h${index}.example`)
    expect(changeHosts([], { hosts }, own)).toHaveLength(100)
    const tooMany = [{ path: ['hosts'], rule: 'too_long', limit: 100 }]
    expect(issuesOf({ hosts: [...hosts, 'more.example'] })).toEqual(tooMany)
    expect(issuesOf({ addHosts: ['more.example'] }, hosts)).toEqual(tooMany)
    expect(changeHosts(hosts, { addHosts: ['more.example'], removeHosts: ['h0.example'] }, own)).toHaveLength(100)
  })
})
