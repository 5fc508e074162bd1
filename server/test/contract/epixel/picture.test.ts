import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { removeOldPictures } from '../../../src/core/pictures/pictures.service.ts'
import { deleteProfile, mergeProfiles } from '../../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, getProfile } from '../../../src/core/profiles/profiles.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  details,
  expectDetail,
  expectErrors,
  expectSuccess,
  mounts,
  newClient,
  type Person,
  type SentFile,
  said,
} from './client.ts'
import { paths, sentences } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database, { pictureMaxBytes: 200_000 })
const twoPaths = [paths.uploadImage, paths.uploadImageOfSamples] as const
const variants = ['original', 'crop', '512', '256', '128', '64']
const noImage = [sentences.noImage]

let client: Client
let image: Buffer
beforeAll(async () => {
  client = await newClient(api, database, { settings: { selfService: { changesPerDay: 1_000 } } })
  image = await picture('red')
})

function picture(background: string, format: 'jpeg' | 'png' | 'webp' | 'avif' = 'jpeg'): Promise<Buffer> {
  return sharp({ create: { width: 60, height: 40, channels: 3, background } })
    .toFormat(format)
    .toBuffer()
}

const file = (bytes: Buffer, more: Partial<SentFile> = {}): SentFile => ({ bytes, ...more })

function upload(
  person: Person,
  whole: SentFile,
  cut: SentFile = whole,
  path: string = twoPaths[0],
  sent = {},
): Promise<Answer> {
  return client.post(path, { image: whole, cropped_image: cut }, person.access, sent)
}

/** Uploads what must be taken, and gives where its files are. */
async function uploaded(person: Person, bytes: Buffer = image): Promise<string> {
  const answer = await upload(person, file(bytes))
  expect(answer.statusCode, answer.body).toBe(200)
  return pathOf(answer)
}

const pathOf = (answer: Answer) => /(\/pictures\/.*)\/crop\.webp$/.exec(answer.json().data.image_url)?.[1] ?? ''
const files = async (path: string) =>
  Promise.all(variants.map(async (variant) => (await api.server.inject(`${path}/${variant}.webp`)).statusCode))
const all = (status: number) => variants.map(() => status)

/** The files that are kept for the app, whoever they are of. */
async function kept(): Promise<string[]> {
  const names = await readdir(join(database.filesFolder, 'pictures', client.ctx.appId)).catch(() => [])
  return names.sort()
}

describe('POST /user/profile-image/, at both paths: 200', () => {
  it.each(twoPaths)('%s answers where the crop is, as a URL; the profile shows its path', async (path) => {
    const person = await client.person(`ada${twoPaths.indexOf(path)}.l`)
    for (const mount of mounts) {
      const answer = await upload(person, file(image), file(await picture('blue', 'png')), path, { mount })
      const { image_url } = answer.json().data
      expectSuccess(answer, { image_url })
      expect(image_url).toMatch(new RegExp(`^http://[^/]+/pictures/${client.ctx.appId}/[\\w-]{43}/crop\\.webp$`))
      expect((await client.profile(person)).ProfileImage).toBe(new URL(image_url).pathname)
    }
  })

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'takes a %s, whatever it is called and said to be',
    async (format) => {
      const person = await client.person(`format.${format}`)
      const bytes = await picture('green', format)
      for (const [i, more] of [
        { filename: 'x.exe', type: 'text/html' },
        { filename: '', type: 'image/gif' },
        {},
      ].entries()) {
        const answer = await upload(person, file(await picture(`#0${i}0`, format), more), file(bytes, more))
        expect([more, answer.statusCode]).toEqual([more, 200])
      }
    },
  )

  it('makes the whole, the crop and its sizes, WebP, the crop apart from the whole', async () => {
    const person = await client.person('all.sizes')
    const big = await sharp({ create: { width: 600, height: 1_200, channels: 3, background: 'blue' } })
      .png()
      .toBuffer()
    const path = pathOf(await upload(person, file(image), file(big)))
    const sizes = await Promise.all(
      variants.map(async (variant) => {
        const { rawPayload } = await api.server.inject(`${path}/${variant}.webp`)
        const { format, width, height } = await sharp(rawPayload).metadata()
        return [variant, format, width, height]
      }),
    )
    expect(sizes).toEqual([
      ['original', 'webp', 60, 40],
      ['crop', 'webp', 600, 1_200],
      ['512', 'webp', 256, 512],
      ['256', 'webp', 128, 256],
      ['128', 'webp', 64, 128],
      ['64', 'webp', 32, 64],
    ])
  })

  it('is a change of the profile, told in an event; the same picture again is none', async () => {
    const person = await client.person('seen.anew')
    const path = await uploaded(person)
    const changed = await getProfile(client.ctx, { by: 'username', value: person.username })
    expect(changed).toMatchObject({ picture: path, revision: 2 })
    const before = await kept()
    expect(await uploaded(person)).toBe(path)
    expect(await kept()).toEqual(before)
    expect((await getProfile(client.ctx, { by: 'username', value: person.username })).revision).toBe(2)
    const shown = await api.server.inject({
      url: '/facet/v1/profiles/username:seen.anew',
      headers: { authorization: `Bearer ${client.apiKey.secret}` },
    })
    expect(shown.json().picture).toBe(path)
  })

  it('gives two people who upload one picture files of their own', async () => {
    const [one, two] = [await client.person('twin.one'), await client.person('twin.two')]
    expect(await uploaded(one)).not.toBe(await uploaded(two))
  })

  it('answers a repeat under its Idempotency-Key with the first picture, and keeps no second', async () => {
    const person = await client.person('again.same')
    const headers = { 'idempotency-key': 'picture' }
    const first = await upload(person, file(image), file(image), twoPaths[0], { headers })
    const path = await uploaded(person, await picture('black'))
    const before = await kept()
    const again = await upload(person, file(image), file(image), twoPaths[0], { headers })
    expect([again.statusCode, again.body, again.headers['idempotency-replayed']]).toEqual([200, first.body, 'true'])
    expect(await kept()).toEqual(before)
    expect((await client.profile(person)).ProfileImage).toBe(`${path}/crop.webp`)
    const other = await upload(person, file(image), file(await picture('white')), twoPaths[0], { headers })
    expectDetail(other, details.keyReused)
  })
})

describe('GET /pictures/…: 200', () => {
  it('serves the file to anybody, to be kept for ever and never run', async () => {
    const path = await uploaded(await client.person('served.to'))
    expect(await files(path)).toEqual(all(200))
    const answer = await api.server.inject(`${path}/crop.webp`)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    })
    const head = await api.server.inject({ method: 'HEAD', url: `${path}/64.webp` })
    expect([head.statusCode, head.body]).toEqual([200, ''])
  })
})

describe('GET /pictures/…: 404', () => {
  it('for what there is not, and for whatever would lead elsewhere', async () => {
    const path = await uploaded(await client.person('not.there'))
    const [, , app, digest = ''] = path.split('/')
    for (const url of [
      `${path}/crop.png`,
      `${path}/100.webp`,
      `${path}/`,
      path,
      `/pictures/${app}/${digest.slice(1)}x/crop.webp`,
      `/pictures/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}/${digest}/crop.webp`,
      `/pictures/${app}/..%2F..%2F${digest}/crop.webp`,
      `/pictures/..%2Fpictures/${digest}/crop.webp`,
      `/pictures/${app}/${digest}/..%2Fcrop.webp`,
      `/pictures/${app}/${digest}/crop.webp%00`,
    ]) {
      expect([url, (await api.server.inject(url)).statusCode]).toEqual([url, 404])
    }
  })
})

describe('POST /user/profile-image/: 400', () => {
  it('names each file that is missing, empty or none, both at once', async () => {
    const person = await client.person('no.files')
    const post = (fields: Record<string, string | SentFile>) => client.post(twoPaths[0], fields, person.access)
    expectErrors(await post({}), { image: said.noFile, cropped_image: said.noFile })
    expectErrors(await post({ image: file(image) }), { cropped_image: said.noFile })
    expectErrors(await post({ image: file(Buffer.alloc(0)), cropped_image: 'text' }), {
      image: said.emptyFile,
      cropped_image: said.notAFile,
    })
    expectErrors(await post({ image: 'x', cropped_image: 'x' }), { image: said.notAFile, cropped_image: said.notAFile })
    expectErrors(await post({ image: { bytes: Buffer.alloc(0), filename: '' }, cropped_image: file(image) }), {
      image: said.noFile,
    })
    expect((await client.profile(person)).ProfileImage).toBe('')
  })

  it('refuses what is no picture, is cut short or too large, and keeps nothing of it', async () => {
    const person = await client.person('bad.files')
    const path = await uploaded(person)
    const before = await kept()
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>')
    const bad = [
      svg,
      Buffer.from('<html>'),
      image.subarray(0, image.length - 20),
      Buffer.alloc(200_001, 1),
      Buffer.alloc(9),
    ]
    for (const bytes of bad) {
      const named = file(bytes, { filename: 'x.jpg', type: 'image/jpeg' })
      expectErrors(await upload(person, named, file(image)), { image: noImage })
      expectErrors(await upload(person, file(image), named), { cropped_image: noImage })
      expectErrors(await upload(person, named), { image: noImage, cropped_image: noImage })
    }
    expect(await kept()).toEqual(before)
    expect((await client.profile(person)).ProfileImage).toBe(`${path}/crop.webp`)
    const rows = await client.ctx.db.query('select from pictures where app_id = $1 and profile_id = $2', [
      client.ctx.appId,
      (await getProfile(client.ctx, { by: 'username', value: person.username })).id,
    ])
    expect(rows).toHaveLength(1)
  })

  it('refuses a form that is none', async () => {
    const person = await client.person('bad.form')
    const type = 'multipart/form-data; boundary=x'
    const part = '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc'
    for (const raw of [
      { type, body: part },
      { type: 'multipart/form-data', body: `${part}\r\n--x--\r\n` },
      { type, body: 'nothing of a form' },
      {
        type,
        body: `--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n${Buffer.from([0xff]).toString('latin1')}\ufffd\r\n--x--\r\n`,
      },
      { type, body: `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(200)}--x--\r\n` },
    ]) {
      expectDetail(await client.call('POST', twoPaths[0], { access: person.access, raw }), details.malformed)
    }
  })
})

describe('POST /user/profile-image/: 401 and 413', () => {
  it('for a visitor, whatever is uploaded', async () => {
    expectDetail(
      await client.post(twoPaths[0], { image: file(image), cropped_image: file(image) }),
      details.credentialsMissing,
    )
  })

  it('for a body of many times the size of its files', async () => {
    const person = await client.person('too.large')
    const large = file(Buffer.alloc(900_000, 1))
    expectDetail(await upload(person, large), details.tooLarge)
    const small = { email: person.email, first_name: { bytes: Buffer.alloc(1_100_000) } }
    expectDetail(await client.post(paths.updateProfile, small, person.access), details.tooLarge)
  })
})

describe('the files of a picture that is no longer shown', () => {
  const dayMs = 86_400_000
  const removeAt = (ms: number) =>
    removeOldPictures({ ...client.ctx, now: new Date(Date.now() + ms) }, client.ctx.files, 100)

  it('stay for a day after it is replaced, and then go; those that are shown stay', async () => {
    const person = await client.person('replaced.one')
    const [first, second] = [await uploaded(person), await uploaded(person, await picture('grey'))]
    await removeAt(dayMs - 60_000)
    expect([await files(first), await files(second)]).toEqual([all(200), all(200)])
    await removeAt(dayMs + 60_000)
    expect([await files(first), await files(second)]).toEqual([all(404), all(200)])
  })

  it('go with the profile', async () => {
    const path = await uploaded(await client.person('deleted.one'))
    await deleteProfile(client.ctx, { by: 'username', value: 'deleted.one' })
    await removeAt(0)
    expect(await files(path)).toEqual(all(404))
  })

  it('stay when a merge gives them to a target without a picture, and go when it has one', async () => {
    const [one, two] = [await client.person('merged.one'), await client.person('merged.two')]
    const [first, second] = [await uploaded(one), await uploaded(two, await picture('pink'))]
    const target = await createProfile(client.ctx, {})
    for (const value of ['merged.one', 'merged.two']) {
      await mergeProfiles(client.ctx, { target: { by: 'id', value: target.id }, source: { by: 'username', value } })
    }
    await removeAt(2 * dayMs)
    expect([await files(first), await files(second)]).toEqual([all(200), all(404)])
    expect((await getProfile(client.ctx, { by: 'id', value: target.id })).picture).toBe(first)
  })

  it('go when an operator takes the picture away', async () => {
    const person = await client.person('moderated')
    const path = await uploaded(person)
    const answer = await api.server.inject({
      method: 'DELETE',
      url: '/facet/v1/profiles/username:moderated/picture',
      headers: { authorization: `Bearer ${client.apiKey.secret}` },
    })
    expect([answer.statusCode, answer.json().picture]).toEqual([200, null])
    expect((await client.profile(person)).ProfileImage).toBe('')
    await removeAt(0)
    expect(await files(path)).toEqual(all(404))
  })
})
