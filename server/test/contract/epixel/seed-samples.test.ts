import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, newClient, type Person } from './client.ts'
import { nodeSamples, nothing, phpSamples, printedBase } from './fixtures/seed-002.ts'

// The document's own samples over a real socket, by the packages that they name. The host, the prefix and what stands in angle
// brackets are filled in as the document asks; all else that differs from it is a mend with its reason.

const database = useDatabase()
const api = useApi(database)
const run = promisify(execFile)
// Nothing of this machine's settings (proxies) reaches the samples.
const environment = { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1' }
const hasPhp = spawnSync('php', ['-r', 'exit(extension_loaded("curl") ? 0 : 1);']).status === 0

type Mend = readonly [why: string, printed: string, mended: string]

let base: string
let folder: string
let client: Client
let ada: Person
let mends: readonly Mend[]
beforeAll(async () => {
  base = `${await listenOnLoopback(api.server)}/api/v1`
  client = await newClient(api, database)
  ada = await client.person('ada.l')
  folder = await mkdtemp(join(tmpdir(), 'facet-samples-'))
  for (const [name, background] of [
    ['image.jpg', 'red'],
    ['cropped.png', 'blue'],
  ] as const) {
    const { data } = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .toFormat(name.endsWith('png') ? 'png' : 'jpeg')
      .toBuffer({ resolveWithObject: true })
    await writeFile(join(folder, name), data)
  }
  mends = [
    ['a client that moves changes the host, and has its prefix and version', printedBase, base],
    ['the document asks for it', '<apikey>', client.apiKey.key],
  ]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Replaces a text that stands there exactly once. */
function replaceOnce(whole: string, printed: string, by: string): string {
  const parts = whole.split(printed)
  if (parts.length !== 2) throw new Error(`"${printed}" stands in the sample ${parts.length - 1} times`)
  return parts.join(by)
}

const mended = (sample: string, more: readonly Mend[]) =>
  [...mends, ...more].reduce((text, [, printed, by]) => replaceOnce(text, printed, by), sample)

/** The printed forms of one placeholder. */
const token = (printed: string): Mend => ['the document asks for it', printed, ada.access]

const fields: readonly Mend[] = [
  ['the document asks for it', "'<first_name>'", "'Augusta'"],
  ['the document asks for it', "'<last_name>'", "'King'"],
  ['the document asks for it; the same e-mail needs no token', "'<email>'", "'ada.l@example.com'"],
  ['the document asks for it', "'<phone_number>'", "'658245684'"],
]

const file = (name: string) => JSON.stringify(join(folder, name))

const nodeFiles = (): readonly Mend[] => [
  ['the document asks for it', '<image uri>', `require('fs').createReadStream(${file('image.jpg')})`],
  ['the document asks for it', '<cropped_image uri>', `require('fs').createReadStream(${file('cropped.png')})`],
  ['the document asks for it', '<image name>', 'image.jpg'],
  ['the document asks for it', '<cropped_image name>', 'cropped.png'],
  [
    'the page lost the brace that ends "image", so that the other file stands within it',
    "      },\n    'cropped_image'",
    "      }\n    },\n    'cropped_image'",
  ],
  [
    'and the one that ends the options of the other',
    "        'contentType': null\n    }\n  }\n};",
    "        'contentType': null\n      }\n    }\n  }\n};",
  ],
]

const phpFiles = (): readonly Mend[] => [
  ['the document asks for it', "'<image root path>'", file('image.jpg')],
  ['the document asks for it', "'<cropped_image root path>'", file('cropped.png')],
]

/** Runs a sample with `request`, and gives what it prints. */
async function node(sample: string, more: readonly Mend[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['-e', mended(sample, more)], { env: environment })
  return JSON.parse(stdout)
}

async function php(sample: string, more: readonly Mend[]): Promise<unknown> {
  const script = replaceOnce(mended(sample, more), '<?php', '')
  const { stdout } = await run('php', ['-r', script], { env: { ...environment, no_proxy: '*' } })
  return JSON.parse(stdout)
}

const success = (data: unknown) => ({ status_code: 200, errors: {}, data })
const profile = success({
  UserProfile: [expect.objectContaining({ username: 'ada.l', email: 'ada.l@example.com' })],
  ProfileImage: expect.any(String),
  UserLocInfo: { lan: '', tz: '', currency: '' },
})
const localInfo = success({
  languages: expect.arrayContaining([{ key: 'en', name: 'English' }]),
  currencies: expect.arrayContaining([{ key: 'EUR', name: 'Euro' }]),
  timezones: expect.arrayContaining([expect.objectContaining({ key: 'Europe/Berlin' })]),
})
const picture = success({ image_url: expect.stringMatching(/\/pictures\/.*\/crop\.webp$/) })

async function expectChanged(): Promise<void> {
  const {
    UserProfile: [shown],
  } = await client.profile(ada)
  expect(shown).toMatchObject({
    first_name: 'Augusta',
    last_name: 'King',
    phone_code: '+33',
    phone_number: '658245684',
  })
}

async function expectPicture(answer: unknown): Promise<void> {
  expect(answer).toEqual(picture)
  const { image_url } = (answer as { data: { image_url: string } }).data
  const { format, width } = await sharp(Buffer.from(await (await fetch(image_url)).arrayBuffer())).metadata()
  expect([format, width]).toEqual(['webp', 40])
}

describe('the samples for Node, by request', () => {
  it('get the profile, by a GET that names a multipart type and has no body', async () => {
    expect(await node(nodeSamples.getProfile, [token('<access-token>')])).toEqual(profile)
  })

  it('change the profile', async () => {
    expect(await node(nodeSamples.updateProfile, [token('<access-token>'), ...fields])).toEqual(nothing)
    await expectChanged()
  })

  it('upload a picture', async () => {
    await expectPicture(await node(nodeSamples.uploadImage, [token('<access-token>'), ...nodeFiles()]))
  })

  it('get what there is to choose from', async () => {
    expect(await node(nodeSamples.localInfo, [token('<access token>')])).toEqual(localInfo)
  })
})

describe.skipIf(!hasPhp)('the samples for PHP, where there is PHP with curl', () => {
  it('get the profile', async () => {
    expect(await php(phpSamples.getProfile, [token('<access-token>')])).toEqual(profile)
  })

  it('change the profile', async () => {
    expect(await php(phpSamples.updateProfile, [token('<access-token>'), ...fields])).toEqual(nothing)
    await expectChanged()
  })

  it('upload a picture', async () => {
    await expectPicture(await php(phpSamples.uploadImage, [token('<access-token>'), ...phpFiles()]))
  })

  it('get what there is to choose from', async () => {
    expect(await php(phpSamples.localInfo, [token('<access token>')])).toEqual(localInfo)
  })
})
