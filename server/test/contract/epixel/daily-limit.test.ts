import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { getProfile } from '../../../src/core/profiles/profiles.service.ts'
import { forgetOldOwnChanges } from '../../../src/core/self-service/own-changes.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  type Client,
  expectBody,
  expectErrors,
  expectSuccess,
  multipartOf,
  newClient,
  type Person,
} from './client.ts'
import { paths, sentences } from './fixtures/seed-002.ts'

const database = useDatabase()
// Two nodes of one installation.
const [api, second] = [useApi(database), useApi(database)]
let client: Client
let pictures: Buffer[]
beforeAll(async () => {
  client = await newClient(api, database)
  pictures = await Promise.all(Array.from({ length: 50 }, (_, i) => picture(`rgb(${5 * i}, ${(i % 2) * 200}, 90)`)))
})

const picture = (background: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer()

const update = (person: Person, first_name: string) =>
  client.post(paths.updateProfile, { email: person.email, first_name }, person.access)

const upload = (person: Person, bytes: Buffer | undefined) =>
  client.post(
    paths.uploadImage,
    { image: { bytes: bytes ?? Buffer.alloc(1) }, cropped_image: { bytes: bytes ?? Buffer.alloc(1) } },
    person.access,
  )

const profileOf = (person: Person) => getProfile(client.ctx, { by: 'username', value: person.username })

/** The seed's sentence and its Retry-After, which say the same. */
function expectExhausted(answer: Answer, withinSeconds: readonly [least: number, most: number]): void {
  const seconds = Number(answer.headers['retry-after'])
  expect(seconds).toBeGreaterThanOrEqual(withinSeconds[0])
  expect(seconds).toBeLessThanOrEqual(withinSeconds[1])
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const sentence = `Your daily profile update limit exceeded. Expected available in ${hours} hours ${minutes} minutes and ${seconds % 60} seconds.`
  expectBody(answer, 429, { status_code: 429, errors: { detail: [sentence] }, data: {} })
}

const dayS = 86_400

describe('the daily limit', () => {
  it('lets ten changes be made within 24 hours of the first, and no more; those of another person are others', async () => {
    const [person, other] = [await client.person('ten.times'), await client.person('other.one')]
    for (let i = 0; i < 10; i++) expectSuccess(await update(person, `Ida${'i'.repeat(i)}`))
    expectExhausted(await update(person, 'Once more'), [dayS - 30, dayS])
    expectExhausted(await upload(person, pictures[0]), [dayS - 30, dayS])
    expect((await profileOf(person)).firstName).toBe(`Ida${'i'.repeat(9)}`)
    expectSuccess(await update(other, 'Other'))
    expect((await client.get(paths.getProfile, person.access)).statusCode).toBe(200)
  })

  it('counts no change that is refused, and none that changes nothing', async () => {
    const person = await client.person('not.counted')
    for (let i = 0; i < 12; i++) {
      expectErrors(await update(person, 'x'.repeat(256)), { first_name: [sentences.nameTooLong] })
      expectSuccess(await update(person, 'Ada'))
      expect((await upload(person, Buffer.from('none'))).statusCode).toBe(400)
    }
    for (let i = 0; i < 10; i++) expectSuccess(await update(person, `A${'b'.repeat(i + 1)}`))
    expectExhausted(await update(person, 'Once more'), [dayS - 60, dayS])
  })

  it('is over a day after the first change, and forgotten then', async () => {
    const days = await newClient(api, database)
    const [person, other] = [await days.person('next.day'), await days.person('next.never')]
    const change = ({ email, access }: Person, first_name: string) =>
      days.post(paths.updateProfile, { email, first_name }, access)
    expectSuccess(await change(other, 'Only once'))
    for (let i = 0; i < 10; i++) expectSuccess(await change(person, `A${'b'.repeat(i)}`))
    const { db, appId } = days.ctx
    const back = 'update own_changes set began_at = began_at - $2::interval where app_id = $1'
    await db.query(back, [appId, '23:59:00'])
    expectExhausted(await change(person, 'Too early'), [30, 60])
    await db.query(back, [appId, '00:01:00'])
    expectSuccess(await change(person, 'Next day'))
    const changes = () => db.query('select changes from own_changes where app_id = $1', [appId])
    // Of the one who came back the next day is counted, of the other nothing any more.
    const now = new Date()
    expect(await forgetOldOwnChanges({ ...days.ctx, now }, appId, 100)).toBe(1)
    expect(await changes()).toEqual([{ changes: 1 }])
    expect(await forgetOldOwnChanges({ ...days.ctx, now: new Date(now.getTime() + dayS * 1_000) }, appId, 100)).toBe(1)
    expect(await changes()).toEqual([])
  })

  it('is exact under 50 parallel uploads to two nodes: as many are taken as may, and the last of them is shown', async () => {
    const person = await client.person('fifty.uploads')
    const nodes = [api, second]
    const answers = await Promise.all(
      pictures.map((bytes, i) => {
        const { type, body } = multipart(bytes)
        return nodes[i % 2]?.server.inject({
          method: 'POST',
          url: `/api/v1${paths.uploadImage}`,
          headers: { apikey: client.apiKey.key, authorization: `Bearer ${person.access}`, 'content-type': type },
          payload: body,
        })
      }),
    )
    const taken = answers.filter((answer) => answer?.statusCode === 200)
    expect(taken).toHaveLength(10)
    for (const answer of answers) if (answer && answer.statusCode !== 200) expectExhausted(answer, [dayS - 60, dayS])
    const profile = await profileOf(person)
    expect(profile.revision).toBe(11)
    expect(taken.map((answer) => answer?.json().data.image_url)).toContainEqual(
      expect.stringContaining(`${profile.picture}/crop.webp`),
    )
    const text = 'select remove_after is null as shown from pictures where app_id = $1 and profile_id = $2'
    const rows = await client.ctx.db.query<{ shown: boolean }>(text, [client.ctx.appId, profile.id])
    expect(rows.filter(({ shown }) => shown)).toHaveLength(1)
    expect(rows).toHaveLength(10)
  })

  it('lets the last change be repeated under its Idempotency-Key, a picture too', async () => {
    const strict = await newClient(api, database, { settings: { selfService: { changesPerDay: 2 } } })
    const person = await strict.person('last.one')
    const headers = (key: string) => ({ headers: { 'idempotency-key': key } })
    const change = () =>
      strict.post(paths.updateProfile, { email: person.email, first_name: 'Once' }, person.access, headers('change'))
    const bytes = pictures[0] ?? Buffer.alloc(0)
    const show = () =>
      strict.post(paths.uploadImage, { image: { bytes }, cropped_image: { bytes } }, person.access, headers('picture'))
    const first = [await change(), await show()]
    const again = [await change(), await show()]
    expect(first.map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect(again.map(({ body }) => body)).toEqual(first.map(({ body }) => body))
  })

  it('is as high as the app sets it', async () => {
    const strict = await newClient(api, database, { settings: { selfService: { changesPerDay: 1 } } })
    const person = await strict.person('only.once')
    const change = (first_name: string) =>
      strict.post(paths.updateProfile, { email: person.email, first_name }, person.access)
    expectSuccess(await change('Once'))
    expectExhausted(await change('Twice'), [dayS - 30, dayS])
  })
})

function multipart(bytes: Buffer): { type: string; body: Buffer } {
  return multipartOf({ image: { bytes }, cropped_image: { bytes } })
}
