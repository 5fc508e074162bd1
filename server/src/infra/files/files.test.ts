import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ObjectStore, openObjectStore } from '../../../test/helpers/object-store.ts'
import { type FilesPlace, openFiles } from './open-files.ts'
import type { OpenFiles } from './s3-files.ts'

let folder: string
let store: ObjectStore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facet-files-'))
  store = await openObjectStore(join(folder, 'store'))
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const places: readonly (readonly [string, () => FilesPlace])[] = [
  ['a folder', () => ({ folder: join(folder, 'data', 'files') })],
  ['a bucket', () => ({ s3: store.settings })],
]

describe.each(places)('files in %s', (_name, placeOf) => {
  let files: OpenFiles
  beforeAll(async () => {
    files = await openFiles(placeOf())
  })
  afterAll(() => files.close())

  const bytesOf = async (key: string) => {
    const found = await files.get(key)
    return found && (await buffer(found.stream))
  }
  const textOf = async (key: string) => (await bytesOf(key))?.toString()

  it.each([0, 1, 5 * 1024 * 1024])('come back byte for byte: %i bytes', async (size) => {
    const bytes = randomBytes(size)
    await files.put('sizes/file', bytes)
    expect((await bytesOf('sizes/file'))?.equals(bytes)).toBe(true)
  })

  it('tell their size before they are read, and need not be read', async () => {
    await files.put('unread/file', Buffer.alloc(300_000))
    const found = await files.get('unread/file')
    expect(found?.size).toBe(300_000)
    found?.stream.destroy()
    if (found?.stream.closed === false) await once(found.stream, 'close')
    expect(found?.stream.errored).toBeNull()
  })

  it('are replaced whole, also by shorter ones', async () => {
    await files.put('replaced/file.webp', Buffer.from('a long text'))
    await files.put('replaced/file.webp', Buffer.from('short'))
    expect(await textOf('replaced/file.webp')).toBe('short')
  })

  it('that were never put are not there', async () => {
    await files.put('there/file', Buffer.from('x'))
    expect(await files.get('there/other')).toBeUndefined()
    expect(await files.get('nowhere/at/all')).toBeUndefined()
  })

  it('are removed with all that begins with the prefix, and nothing beside it', async () => {
    const below = ['a/b/1', 'a/b/c/2', 'a/b/c/d/3.webp']
    const beside = ['a/bc', 'a/b.webp', 'a/b-/1', 'a/1', 'ab/1', 'b/a/b/1']
    for (const key of [...below, ...beside]) await files.put(key, Buffer.from(key))
    await files.removeAll('a/b/')
    for (const key of below) expect(await textOf(key), key).toBeUndefined()
    for (const key of beside) expect(await textOf(key), key).toBe(key)
    await files.put('a/b/1', Buffer.from('again'))
    expect(await textOf('a/b/1')).toBe('again')
  })

  it('are removed however many there are: more than a page of a list', async () => {
    const keys = Array.from({ length: 1_001 }, (_, n) => `many/${String(n).padStart(4, '0')}`)
    const waiting = [...keys]
    const work = async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await files.put(key, Buffer.alloc(1))
    }
    await Promise.all(Array.from({ length: 16 }, work))
    await files.removeAll('many/')
    for (const n of [0, 500, 999, 1_000]) expect(await files.get(keys[n] ?? ''), `file ${n}`).toBeUndefined()
  }, 60_000)

  it('need not be there to be removed', async () => {
    await files.put('there/file', Buffer.from('x'))
    await files.removeAll('there/never/')
    await files.removeAll('never/put/')
    expect(await textOf('there/file')).toBe('x')
  })

  it('put under one key at the same time leave one of them, whole', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => String.fromCharCode(97 + n).repeat(10_000))
    await Promise.all(texts.map((text) => files.put('race/file', Buffer.from(text))))
    expect(texts).toContain(await textOf('race/file'))
  })

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/..',
    'a/./b',
    '.a',
    'a/.b',
    'a\\b',
    'a b',
    'a\0',
    'a\n',
    'ä',
    'a%2f',
    'a'.repeat(201),
    `${'a/'.repeat(512)}a`,
  ])('have no key %j: it is refused as a mistake of ours', async (key) => {
    const refusal = { name: 'Error', message: expect.stringContaining('is no key') }
    await expect(files.put(key, Buffer.alloc(1))).rejects.toMatchObject(refusal)
    await expect(files.get(key)).rejects.toMatchObject(refusal)
  })

  it.each(['', '/', 'a', '/a/', 'a//', '../', 'a/../', './', 'a/.b/', 'a\n/', 'a/\n'])(
    'have no prefix %j: it is refused as a mistake of ours',
    async (prefix) => {
      const refusal = { name: 'Error', message: expect.stringContaining('is no prefix') }
      await expect(files.removeAll(prefix)).rejects.toMatchObject(refusal)
    },
  )
})
