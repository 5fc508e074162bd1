import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openKms, type TestKms } from '../../../test/helpers/kms.ts'
import { createKmsKeys } from './kms-key.ts'
import { createLocalKey, KeyOutage, type WrappingKey } from './wrapping-key.ts'

let kms: TestKms
beforeAll(async () => {
  kms = await openKms()
  for (const [name, value] of Object.entries(kms.environment)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await kms.close()
})

const place = { appId: 'app', dataKeyId: 'row' }
const dataKey = randomBytes(32)

const kinds: Record<string, () => WrappingKey> = {
  'of 32 bytes': () => createLocalKey(randomBytes(32)),
  'of AWS KMS': () => createKmsKeys({ endpoint: kms.endpoint }).ofArn(kms.newKey()),
}

describe.each(Object.keys(kinds))('a custody key %s', (kind) => {
  const newKey = () => (kinds[kind] as () => WrappingKey)()

  it('opens what it wrapped, in the same place, and never holds it in clear', async () => {
    const key = newKey()
    const wrapped = await key.wrap(place, dataKey)
    expect(wrapped.includes(dataKey)).toBe(false)
    expect(await key.unwrap(place, wrapped)).toEqual(dataKey)
  })

  it('opens nothing in another place, changed, or of another key', async () => {
    const [key, other] = [newKey(), newKey()]
    const wrapped = await key.wrap(place, dataKey)
    await expect(key.unwrap({ ...place, appId: 'other' }, wrapped)).rejects.toThrow()
    await expect(key.unwrap({ ...place, dataKeyId: 'other' }, wrapped)).rejects.toThrow()
    await expect(other.unwrap(place, wrapped)).rejects.toThrow()
    wrapped[40] = (wrapped[40] ?? 0) ^ 1
    await expect(key.unwrap(place, wrapped)).rejects.toThrow()
    expect(other.id).not.toBe(key.id)
  })
})

describe('a key of AWS KMS', () => {
  it('is known by its ARN, whatever an alias that named it names today', async () => {
    const [first, second] = [kms.newKey(), kms.newKey()]
    const keys = createKmsKeys({ endpoint: kms.endpoint })
    kms.alias('alias/custody', first)
    const key = await keys.resolve('alias/custody')
    expect(key.id).toBe(first)
    const wrapped = await key.wrap(place, dataKey)
    kms.alias('alias/custody', second)
    expect((await keys.resolve('alias/custody')).id).toBe(second)
    expect(await keys.ofArn(first).unwrap(place, wrapped)).toEqual(dataKey)
  })

  it('that is not there, or not for these credentials, is told by status and code alone', async () => {
    const keys = createKmsKeys({ endpoint: kms.endpoint })
    await expect(keys.resolve('alias/none')).rejects.toThrow(/^AWS KMS answered 400 \(NotFoundException\)$/)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    const strange = createKmsKeys({ endpoint: kms.endpoint })
    await expect(strange.resolve(kms.newKey())).rejects.toThrow(/^AWS KMS answered 400 \(InvalidSignatureException\)$/)
    const deaf = createKmsKeys({ endpoint: 'http://127.0.0.1:1' })
    await expect(deaf.resolve(kms.newKey())).rejects.toThrow(/^AWS KMS cannot be asked \(ECONNREFUSED\)$/)
  })

  it('that cannot be asked now is told from one that is not there or denied', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', kms.environment.AWS_SECRET_ACCESS_KEY)
    const arn = kms.newKey()
    const ask = (endpoint = kms.endpoint) => createKmsKeys({ endpoint }).resolve(arn)
    for (const [status, code] of [
      [503, 'ServiceUnavailable'],
      [500, 'KMSInternalException'],
      [400, 'ThrottlingException'],
    ] as const) {
      kms.refuse({ status, code })
      await expect(ask()).rejects.toThrow(KeyOutage)
    }
    await expect(ask('http://127.0.0.1:1')).rejects.toThrow(KeyOutage)
    for (const code of ['AccessDeniedException', 'DisabledException', 'NotFoundException']) {
      kms.refuse({ status: 400, code })
      await expect(ask()).rejects.not.toThrow(KeyOutage)
    }
    kms.refuse(undefined)
  })
})
