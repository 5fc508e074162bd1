import { describe, expect, it } from 'vitest'
import { readConfig, readCustodyConfig, unknownSettings } from '../config.ts'

describe('readCustodyConfig', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

  it('reads one key or several, in their order, from base64 and hex', () => {
    const text = `${one.toString('base64')}, ${other.toString('hex')}`
    expect(readCustodyConfig({ FACET_CUSTODY_KEY: text }).keys).toEqual([one, other])
    expect(readCustodyConfig({ FACET_CUSTODY_KEY: '' }).keys).toEqual([])
  })

  it('refuses a key of another length, one that is there twice, and what is between commas and none; and repeats nothing', () => {
    const text = one.toString('hex')
    for (const wrong of [`${text}00`, `${text},`, `${text},${one.toString('base64')}`, 'hunter2']) {
      const read = () => readCustodyConfig({ FACET_CUSTODY_KEY: wrong })
      expect(read).toThrow(
        /^FACET_CUSTODY_KEY must be 32 bytes in base64 or hex, several different ones separated by commas$/,
      )
    }
  })

  it('takes an endpoint of AWS KMS whose answers nobody on the way can read, and no other', () => {
    const read = (text: string) => readCustodyConfig({ FACET_CUSTODY_KMS_ENDPOINT: text }).kmsEndpoint
    for (const safe of ['https://kms.example', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'http://localhost']) {
      expect(read(`${safe}/`)).toBe(safe)
    }
    for (const open of [
      'http://kms.example',
      'http://10.0.0.1',
      'http://127.0.0.1.example',
      'http://localhost.example',
    ]) {
      expect(() => read(open)).toThrow(/^FACET_CUSTODY_KMS_ENDPOINT must be a URL that begins with https:\/\/, or with/)
    }
  })

  it('is the only one that reads the key: the settings of the server hold nothing of it', () => {
    const text = one.toString('base64')
    expect(readConfig({ FACET_CUSTODY_KEY: text })).toEqual(readConfig({}))
    expect(unknownSettings({ FACET_CUSTODY_KEY: text, FACET_CUSTODY_KMS_KEY: 'x' })).toEqual([])
  })
})
