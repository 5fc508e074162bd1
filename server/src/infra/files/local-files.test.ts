import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalFiles } from './local-files.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'facet-files-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const unavailable = (code: string) => ({ fault: { code: 'files_unavailable' }, cause: { code } })

describe('a folder of files', () => {
  it('is made by the first put, for this user alone', async () => {
    const folder = join(parent, 'files')
    const files = createLocalFiles(folder)
    await files.get('a/b/1')
    await files.removeAll('a/')
    expect(await readdir(parent)).toEqual([])
    await files.put('a/b/1', Buffer.from('x'))
    const modes = ['', 'a', 'a/b', 'a/b/1'].map(async (path) =>
      ((await stat(join(folder, path))).mode & 0o777).toString(8),
    )
    expect(await Promise.all(modes)).toEqual(['700', '700', '700', '600'])
  })

  it('holds nothing but whole files: a reader beside writers never finds half of one', async () => {
    const files = createLocalFiles(parent)
    const versions = ['a', 'b'].map((letter) => Buffer.alloc(1_000_000, letter))
    await files.put('dir/file', versions[0] as Buffer)
    let writing = true
    const write = async () => {
      for (let n = 0; n < 50; n++) await files.put('dir/file', versions[n % 2] as Buffer)
      writing = false
    }
    const read = async () => {
      let reads = 0
      for (; writing; reads++) {
        const found = await files.get('dir/file')
        const bytes = found && (await buffer(found.stream))
        expect(versions.some((version) => bytes?.equals(version))).toBe(true)
      }
      return reads
    }
    const [, ...reads] = await Promise.all([write(), read(), read()])
    expect(Math.min(...reads)).toBeGreaterThan(0)
    expect(await readdir(join(parent, 'dir'))).toEqual(['file'])
  })

  it('loses what a killed process left unfinished with the files beside it', async () => {
    const files = createLocalFiles(parent)
    await files.put('profile/1/picture', Buffer.from('x'))
    await writeFile(join(parent, 'profile/1/.unfinished'), 'half')
    await files.removeAll('profile/1/')
    expect(await readdir(join(parent, 'profile'))).toEqual([])
  })

  it('can be emptied while files are put into it', async () => {
    const files = createLocalFiles(parent)
    const outcomes: unknown[] = []
    const put = async (lane: number) => {
      for (let n = 0; n < 50; n++) {
        // The folder may go while the file is written into it.
        await files.put(`dir/${lane}/${n}`, Buffer.from('x')).catch((error) => outcomes.push(error.cause.code))
      }
    }
    const remove = async () => {
      for (let n = 0; n < 20; n++) await files.removeAll('dir/')
    }
    await Promise.all([put(1), put(2), remove()])
    expect(outcomes.filter((code) => code !== 'ENOENT')).toEqual([])
    await files.removeAll('dir/')
    expect(await readdir(parent)).toEqual([])
  })
})

describe('a folder that cannot be used', () => {
  it('is files_unavailable: a file is in its place', async () => {
    const folder = join(parent, 'files')
    await writeFile(folder, '')
    const files = createLocalFiles(folder)
    await expect(files.put('a/1', Buffer.from('x'))).rejects.toMatchObject(unavailable('ENOTDIR'))
    await expect(files.get('a/1')).rejects.toMatchObject(unavailable('ENOTDIR'))
    await expect(files.removeAll('a/')).rejects.toMatchObject(unavailable('ENOTDIR'))
  })

  it('keeps nothing of a file that could not be finished', async () => {
    // A folder has the name, so that the last step fails, as any other may.
    await mkdir(join(parent, 'dir/file/x'), { recursive: true })
    const files = createLocalFiles(parent)
    await expect(files.put('dir/file', Buffer.from('x'))).rejects.toMatchObject(unavailable('EISDIR'))
    expect(await readdir(join(parent, 'dir'))).toEqual(['file'])
  })
})
