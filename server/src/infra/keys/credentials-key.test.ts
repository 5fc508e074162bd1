import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCredentialsKey, createSealer, matches } from './credentials-key.ts'

const master = Buffer.alloc(32, 7)
const key = createCredentialsKey(master)
const secret = Buffer.from('sk_sandbox_something')

describe('the credentials key', () => {
  it('opens what it sealed, in the same row and for the same purpose', () => {
    expect(key.open('api_keys.secret', 'row', key.seal('api_keys.secret', 'row', secret))).toEqual(secret)
  })

  it('opens nothing in another row or for another purpose, and joins the two without ambiguity', () => {
    const sealed = key.seal('a', 'bc', secret)
    expect(() => key.open('a', 'other', sealed)).toThrow()
    expect(() => key.open('other', 'bc', sealed)).toThrow()
    expect(() => key.open('ab', 'c', sealed)).toThrow()
  })

  it('opens nothing of which a single bit was changed, nor a part', () => {
    const sealed = key.seal('a', 'b', secret)
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(() => key.open('a', 'b', changed)).toThrow()
      expect(() => key.open('a', 'b', sealed.subarray(0, i))).toThrow()
    }
  })

  it('opens webhook secrets and mail with a key of their own each, and with no other', () => {
    const sealed = key.mail.seal('a', 'b', secret)
    expect(createSealer(key.mailKey).open('a', 'b', sealed)).toEqual(secret)
    for (const other of [key, key.webhooks, createSealer(key.webhooksKey)]) {
      expect(() => other.open('a', 'b', sealed)).toThrow()
    }
    for (const foreign of [key.seal('a', 'b', secret), key.webhooks.seal('a', 'b', secret)]) {
      expect(() => createSealer(key.mailKey).open('a', 'b', foreign)).toThrow()
    }
  })

  it('seals the same text differently each time, and never holds it in clear', () => {
    const one = key.seal('a', 'b', secret)
    expect(one.equals(key.seal('a', 'b', secret))).toBe(false)
    expect(one.includes(secret)).toBe(false)
  })

  it('knows its own check value, and no other key passes for it', () => {
    expect(matches(createCredentialsKey(master), key)).toBe(true)
    const other = createCredentialsKey(randomBytes(32))
    expect(matches(other, key)).toBe(false)
    expect(matches(other, { id: other.id, check: key.check })).toBe(false)
  })

  it('takes 32 bytes and nothing else', () => {
    expect(() => createCredentialsKey(randomBytes(31))).toThrow(RangeError)
  })
})
