import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { DomainFault } from '../errors.ts'
import type { Files, Pictures } from '../ports.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, getProfile } from '../profiles/profiles.service.ts'
import { fileKey, pictureVariants } from './pictures.rules.ts'
import { findPictureFile, removeOldPictures, removePicture, setPicture } from './pictures.service.ts'

const database = useDatabase()
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const byId = (id: string) => ({ by: 'id', value: id }) as const
const [hourMs, dayMs] = [3_600_000, 86_400_000]
const later = (ctx: Ctx, ms: number): Ctx => ({ ...ctx, now: new Date(Date.now() + ms) })

/** Makes of an upload what it says, and nothing of one that says `bad`. */
const pictures: Pictures = {
  async render(upload, use) {
    if (upload.toString() === 'bad') return undefined
    if (use === 'original') return { original: upload }
    const sizes = ['crop', '512', '256', '128', '64'] as const
    return Object.fromEntries(sizes.map((variant) => [variant, Buffer.concat([upload, Buffer.from(variant)])]))
  },
}

interface Kept extends Files {
  readonly kept: Map<string, Buffer>
}

/** Files in memory. `breaks` throws before what it is asked to break. */
function newFiles(breaks: (call: 'put' | 'removeAll', count: number) => boolean = () => false): Kept {
  const kept = new Map<string, Buffer>()
  const counts = { put: 0, removeAll: 0 }
  const broken = (call: 'put' | 'removeAll') => {
    if (breaks(call, ++counts[call])) throw new DomainFault({ code: 'files_unavailable' })
  }
  return {
    kept,
    async put(key, bytes) {
      broken('put')
      kept.set(key, bytes)
    },
    async get(key) {
      const bytes = kept.get(key)
      return bytes && { size: bytes.length, stream: Readable.from([bytes]) }
    },
    async removeAll(prefix) {
      broken('removeAll')
      for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key)
    },
  }
}

async function person(files: Files = newFiles()): Promise<{ ctx: Ctx; id: string }> {
  const ctx: Ctx = { ...(await database.newApp()), files, pictures }
  return { ctx, id: (await createProfile(ctx, {})).id }
}

const upload = (text: string, crop = text) => ({ original: Buffer.from(text), crop: Buffer.from(crop) })
/** The keys of every file of a picture that a profile shows. */
function keysOf(picture: string | null): string[] {
  if (picture === null) return []
  const [, , app = '', digest = ''] = picture.split('/')
  return pictureVariants.map((variant) => fileKey(app, digest, variant)).sort()
}

const rowsOf = ({ db, appId }: Ctx) =>
  db.query<{ shown: boolean }>('select remove_after is null as shown from pictures where app_id = $1', [appId])

describe('setPicture', () => {
  it('stores every variant under keys of the app, and shows them on the profile', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const { picture } = await setPicture(ctx, byId(id), upload('a'))
    const [, , app = '', digest = ''] = picture?.split('/') ?? []
    expect([app, digest]).toEqual([ctx.appId, expect.stringMatching(/^[\w-]{43}$/)])
    expect([...files.kept.keys()].sort()).toEqual(pictureVariants.map((v) => fileKey(ctx.appId, digest, v)).sort())
    const found = await findPictureFile(files, [app, digest, '64.webp'])
    expect(found && [found.size, String(await buffer(found.stream))]).toEqual([3, 'a64'])
  })

  it('names a picture by its content: another crop alone is another picture', async () => {
    const { ctx, id } = await person()
    const first = await setPicture(ctx, byId(id), upload('a'))
    const second = await setPicture(ctx, byId(id), upload('a', 'b'))
    expect(second.picture).not.toBe(first.picture)
    expect(second.revision).toBe(first.revision + 1)
    expect(await setPicture(ctx, byId(id), upload('a', 'b'))).toEqual(second)
  })

  it('blames each of the two that is none, and keeps nothing', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const refused = (...uses: string[]) => ({
      code: 'input_invalid',
      issues: uses.map((use) => ({ path: [use], rule: 'picture' })),
    })
    expect(await faultOf(setPicture(ctx, byId(id), upload('bad', 'good')))).toEqual(refused('original'))
    expect(await faultOf(setPicture(ctx, byId(id), upload('good', 'bad')))).toEqual(refused('crop'))
    expect(await faultOf(setPicture(ctx, byId(id), upload('bad')))).toEqual(refused('original', 'crop'))
    expect([files.kept.size, await rowsOf(ctx)]).toEqual([0, []])
  })

  it.each([1, 3, 6])('keeps nothing, and the picture before, when file %i cannot be stored', async (number) => {
    const files = newFiles((call, count) => call === 'put' && count === 6 + number)
    const { ctx, id } = await person(files)
    const { picture } = await setPicture(ctx, byId(id), upload('a'))
    expect(await faultOf(setPicture(ctx, byId(id), upload('b')))).toEqual({ code: 'files_unavailable' })
    expect((await getProfile(ctx, byId(id))).picture).toBe(picture)
    expect([...files.kept.values()].map(String).filter((text) => text.startsWith('b'))).toEqual([])
    expect(await rowsOf(ctx)).toEqual([{ shown: true }])
  })

  it('keeps nothing when what is done alongside refuses it, or the profile ends meanwhile', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const refusal = () => Promise.reject(new DomainFault({ code: 'own_changes_exhausted', retryAfterMs: 1 }))
    expect(await faultOf(setPicture(ctx, byId(id), upload('a'), refusal))).toMatchObject({
      code: 'own_changes_exhausted',
    })
    const ending: Pictures = {
      async render(...given) {
        await ctx.db.query('update profiles set deleted_at = now() where app_id = $1', [ctx.appId])
        return pictures.render(...given)
      },
    }
    expect(await faultOf(setPicture({ ...ctx, pictures: ending }, byId(id), upload('a')))).toEqual({
      code: 'profile_not_found',
    })
    expect([files.kept.size, await rowsOf(ctx)]).toEqual([0, []])
  })

  it('leaves what it cannot remove for the job, which removes it at its next round', async () => {
    const files = newFiles((call, count) => (call === 'put' && count === 4) || (call === 'removeAll' && count === 1))
    const { ctx, id } = await person(files)
    expect(await faultOf(setPicture(ctx, byId(id), upload('a')))).toEqual({ code: 'files_unavailable' })
    expect(files.kept.size).toBeGreaterThan(0)
    expect(await removeOldPictures(later(ctx, 1_000), files, 10)).toBe(1)
    expect([files.kept.size, await rowsOf(ctx)]).toEqual([0, []])
  })

  it('leaves an upload that is never heard of again to the job, which removes it an hour later', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const begun = Promise.withResolvers<void>()
    const stuck: Files = {
      ...files,
      async put(key, bytes) {
        await files.put(key, bytes)
        begun.resolve()
        return new Promise(() => {})
      },
    }
    setPicture({ ...ctx, files: stuck }, byId(id), upload('a'))
    await begun.promise
    expect(await removeOldPictures(later(ctx, hourMs - 60_000), files, 10)).toBe(0)
    expect(await removeOldPictures(later(ctx, hourMs + 60_000), files, 10)).toBe(1)
    expect([files.kept.size, await rowsOf(ctx)]).toEqual([0, []])
  })

  it('keeps the files of a picture that is shown, also when the answer of its commit is lost', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const lost = new DomainFault({ code: 'database_unavailable' })
    const db: Db = {
      ...ctx.db,
      async transaction(work) {
        await ctx.db.transaction(work)
        throw lost
      },
    }
    expect(await faultOf(setPicture({ ...ctx, db }, byId(id), upload('a')))).toEqual(lost.fault)
    const { picture } = await getProfile(ctx, byId(id))
    expect(keysOf(picture)).toEqual([...files.kept.keys()].sort())
    expect(await rowsOf(ctx)).toEqual([{ shown: true }])
  })

  it('leaves neither files nor a row when one file fails at once, and the others come later', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const slow = Promise.withResolvers<void>()
    let under = 0
    const uneven: Files = {
      ...files,
      async put(key, bytes) {
        if (++under === 1) throw new DomainFault({ code: 'files_unavailable' })
        await slow.promise
        return files.put(key, bytes)
      },
    }
    const failing = faultOf(setPicture({ ...ctx, files: uneven }, byId(id), upload('a')))
    await expect.poll(() => under).toBe(pictureVariants.length)
    // Time enough to remove too early what is not there yet.
    await wait(50)
    slow.resolve()
    expect(await failing).toEqual({ code: 'files_unavailable' })
    expect([files.kept.size, await rowsOf(ctx)]).toEqual([0, []])
  })

  it('keeps for a day the files of a picture that was replaced before its own upload had ended', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const shown = Promise.withResolvers<void>()
    const replaced = Promise.withResolvers<void>()
    const db: Db = {
      ...ctx.db,
      async transaction(work) {
        const result = await ctx.db.transaction(work)
        shown.resolve()
        await replaced.promise
        return result
      },
    }
    const first = setPicture({ ...ctx, db }, byId(id), upload('a'))
    await shown.promise
    const second = await setPicture(ctx, byId(id), upload('b'))
    replaced.resolve()
    const keys = [...keysOf((await first).picture), ...keysOf(second.picture)].sort()
    expect([...files.kept.keys()].sort()).toEqual(keys)
    expect(await removeOldPictures(later(ctx, dayMs - 60_000), files, 10)).toBe(0)
    expect(await removeOldPictures(later(ctx, dayMs + 60_000), files, 10)).toBe(1)
    expect([...files.kept.keys()].sort()).toEqual(keysOf(second.picture))
  })

  it('never shows a picture whose files the job may have removed', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const late: Files = {
      ...files,
      async put(key, bytes) {
        await files.put(key, bytes)
        await ctx.db.query(`update pictures set remove_after = now() - interval '1 s' where app_id = $1`, [ctx.appId])
      },
    }
    expect(await faultOf(setPicture({ ...ctx, files: late }, byId(id), upload('a')))).toEqual({
      code: 'files_unavailable',
    })
    expect((await getProfile(ctx, byId(id))).picture).toBeNull()
  })

  it('shows the last of many at once, and each of the others goes', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const texts = Array.from({ length: 10 }, (_, i) => `picture ${i}`)
    await Promise.all(texts.map((text) => setPicture({ ...ctx, now: new Date() }, byId(id), upload(text))))
    expect((await rowsOf(ctx)).filter(({ shown }) => shown)).toHaveLength(1)
    expect(await removeOldPictures(later(ctx, dayMs + 60_000), files, 100)).toBe(9)
    expect([...files.kept.keys()].sort()).toEqual(keysOf((await getProfile(ctx, byId(id))).picture))
  })

  it('needs the right to write', async () => {
    const { ctx, id } = await person()
    const reader = { ...ctx, scopes: new Set(['profiles:read'] as const) }
    const denied = { code: 'scope_missing', scope: 'profiles:write' }
    expect(await faultOf(setPicture(reader, byId(id), upload('a')))).toEqual(denied)
    expect(await faultOf(removePicture(reader, byId(id)))).toEqual(denied)
  })
})

describe('removeOldPictures', () => {
  it('goes past a picture whose files resist, to which it comes back, in batches, and for its own app alone', async () => {
    const files = newFiles((call, count) => call === 'removeAll' && count === 2)
    const { ctx, id } = await person(files)
    const other = await person(files)
    await setPicture(other.ctx, byId(other.id), upload('other'))
    const texts = ['a', 'b', 'c', 'd', 'e']
    for (const text of texts) await setPicture(ctx, byId(id), upload(text))
    const due = later(ctx, dayMs + 60_000)
    expect(await removeOldPictures(due, files, 3)).toBe(2)
    expect(await rowsOf(ctx)).toHaveLength(3)
    expect(files.kept.size).toBe(4 * pictureVariants.length)
    expect(await removeOldPictures(due, files, 1)).toBe(1)
    expect(await removeOldPictures(due, files, 10)).toBe(1)
    expect(await removeOldPictures(due, files, 10)).toBe(0)
    expect(files.kept.size).toBe(2 * pictureVariants.length)
  })
})

describe('a merge', () => {
  it('leaves a picture that the target takes over shown, and one that it does not to the job', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    const [first, second] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    const { picture } = await setPicture(ctx, byId(first.id), upload('a'))
    await setPicture(ctx, byId(second.id), upload('b'))
    for (const source of [first, second]) await mergeProfiles(ctx, { target: byId(id), source: byId(source.id) })
    expect((await getProfile(ctx, byId(id))).picture).toBe(picture)
    expect(await removeOldPictures(later(ctx, 60_000), files, 10)).toBe(1)
    expect([...files.kept.keys()].sort()).toEqual(keysOf(picture))
    await deleteProfile(ctx, byId(id))
    expect(await removeOldPictures(later(ctx, 60_000), files, 10)).toBe(1)
    expect(files.kept.size).toBe(0)
  })
})

describe('removePicture', () => {
  it('changes the profile once, and has the files gone at once', async () => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    await setPicture(ctx, byId(id), upload('a'))
    expect(await removePicture(ctx, byId(id))).toMatchObject({ picture: null, revision: 3 })
    expect(await removePicture(ctx, byId(id))).toMatchObject({ picture: null, revision: 3 })
    await removeOldPictures(later(ctx, 1_000), files, 10)
    expect(files.kept.size).toBe(0)
  })
  it.each([
    ['a picture is taken away', (ctx: Ctx, id: string) => removePicture(ctx, byId(id))],
    ['the profile ends', (ctx: Ctx, id: string) => deleteProfile(ctx, byId(id))],
  ])('touches no file of an upload that is under way when %s', async (_, end) => {
    const files = newFiles()
    const { ctx, id } = await person(files)
    await setPicture(ctx, byId(id), upload('a'))
    const stored = Promise.withResolvers<void>()
    const proceed = Promise.withResolvers<void>()
    const paused: Files = {
      ...files,
      async put(key, bytes) {
        await files.put(key, bytes)
        if (key.includes('/original.')) stored.resolve()
        await proceed.promise
      },
    }
    const uploading = faultOf(setPicture({ ...ctx, files: paused }, byId(id), upload('b')))
    await stored.promise
    await end(ctx, id)
    expect(await removeOldPictures(later(ctx, 60_000), files, 10)).toBe(1)
    expect(files.kept.size).toBe(pictureVariants.length)
    proceed.resolve()
    const fault = await uploading
    const shown = fault === undefined ? (await getProfile(ctx, byId(id))).picture : null
    expect([...files.kept.keys()].sort()).toEqual(keysOf(shown))
  })
})
