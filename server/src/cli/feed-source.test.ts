import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findFeedSource, readSecret } from './feed-source.ts'
import { UsageError } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'facet-source-'))
beforeEach(() => {
  vi.stubEnv('FACET_DATA_DIR', folder)
  writeFileSync(join(folder, 'sandbox.json'), JSON.stringify({ url: 'http://127.0.0.1:4000', secret: 'sk_file' }))
})
afterEach(() => void vi.unstubAllEnvs())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the secret of sandbox.json', () => {
  it.each([undefined, 'http://127.0.0.1:4000', 'http://127.0.0.1:4000/', 'HTTP://127.1:4000'])(
    'goes to the server of sandbox.json: --url %s',
    async (url) => {
      expect(await findFeedSource({ url })).toEqual({ url: 'http://127.0.0.1:4000', secret: 'sk_file' })
    },
  )

  it.each(['http://127.0.0.1:4001', 'https://127.0.0.1:4000', 'http://127.0.0.1:4000/other', 'https://evil.test'])(
    'goes to no other: --url %s',
    async (url) => {
      await expect(findFeedSource({ url })).rejects.toThrow(UsageError)
      await expect(findFeedSource({ url })).rejects.toThrow(/give --secret/)
      expect(await findFeedSource({ url, secret: 'sk_own' })).toEqual({ url, secret: 'sk_own' })
    },
  )
})

describe('--secret', () => {
  it('is what it says, and with - the first line of the input', async () => {
    expect(await readSecret({ secret: 'sk_1' })).toBe('sk_1')
    expect(await readSecret({ secret: undefined })).toBeUndefined()
    expect(await readSecret({ secret: '-' }, Readable.from(['sk_', '2\r\nmore\n']))).toBe('sk_2')
    expect(await readSecret({ secret: '-' }, Readable.from(['sk_3']))).toBe('sk_3')
  })

  it('is not empty', async () => {
    await expect(readSecret({ secret: '' })).rejects.toThrow(UsageError)
    for (const input of ['', '\n', ' \nsk_1']) {
      await expect(readSecret({ secret: '-' }, Readable.from([input]))).rejects.toThrow(UsageError)
    }
  })
})
