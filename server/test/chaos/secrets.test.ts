import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type pg from 'pg'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { cleanUpProcesses, newFolder, startFacet } from '../helpers/facet-process.ts'
import { openMailServer } from '../helpers/mail-server.ts'
import { memoryOf } from '../helpers/process-memory.ts'
import { createSecretSearch, longestNeedle } from '../helpers/secret-search.ts'
import { filesIn, rowsOf } from '../helpers/stored-bytes.ts'
import { firstAddresses } from '../helpers/wallet-secrets.ts'
import { addressesOf, bearer, call, mailedSecretsIn, peopleOfOna, requestWallets, secretText } from './secret-calls.ts'
import { connect, type Story, type StoryApp, tellStory } from './secret-story.ts'

// One story of one installation, told once; its parts stand in their order.

cleanUpProcesses('all')
let story: Story
const folders: string[] = []
beforeAll(async () => {
  story = await tellStory()
  folders.push(story.dataDir)
}, 120_000)

/** Ends the server; what it wrote is kept. */
async function endStory(): Promise<void> {
  const { client, facet, said } = story
  await client.end()
  expect((await facet.end('SIGTERM')).code).toBe(0)
  said.push(facet.output.stdout, facet.output.stderr)
}

const searchOfAll = () => createSecretSearch([...story.custody, ...story.credentials, ...story.controls])

/** The names of all that is found in the memory of a process. */
function foundInMemory(pid: number): Set<string> {
  const search = searchOfAll()
  const names = new Set<string>()
  for (const piece of memoryOf(pid, longestNeedle)) for (const { name } of search(piece)) names.add(name)
  return names
}

/** Puts the seed of each of the two apps in the place of the other's, with the key that opens it. */
async function swapSeeds(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `with seeds as (
       update app_seeds s set id = o.id, entropy_sealed = o.entropy_sealed, seed_sealed = o.seed_sealed
       from app_seeds o where o.app_id <> s.app_id
     )
     update custody_data_keys k set wrapped = o.wrapped from custody_data_keys o where o.app_id <> k.app_id`,
  )
  expect(rowCount).toBe(2)
}

/** Leaves no stock, as after many wallets. */
async function dealOut(client: pg.Client): Promise<void> {
  await client.query('update wallet_accounts set profile_id = gen_random_uuid() where profile_id is null')
}

/** The last account that was made of each app's seed. */
async function lastAccounts(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; last: number }>(
    'select app_id as id, max(account_index) as last from wallet_accounts group by app_id',
  )
  return new Map(rows.map(({ id, last }) => [id, last]))
}

async function accountOf(client: pg.Client, { id }: StoryApp, reference: string): Promise<number> {
  const { rows } = await client.query<{ account: number }>(
    `select a.account_index as account from wallet_accounts a join profiles p on p.app_id = a.app_id and p.id = a.profile_id
     where p.app_id = $1 and p.reference = $2`,
    [id, reference],
  )
  return rows[0]?.account ?? -1
}

/** Every app's next addresses are those of accounts of its mnemonic that were not made before. */
async function expectToGoOn({ client, apps, mnemonics }: Story, url: string, reference: string): Promise<void> {
  const before = await lastAccounts(client)
  for (const app of apps) {
    const { addresses } = await addressesOf(url, app, reference)
    const account = await accountOf(client, app, reference)
    expect(account).toBeGreaterThan(before.get(app.id) ?? Infinity)
    expect(addresses).toEqual(firstAddresses(mnemonics.get(app) ?? '', app, account))
  }
}

it('the search for secrets finds them in every form in which programs write bytes and texts', () => {
  const [bytes, text] = [randomBytes(32), secretText()]
  const search = createSecretSearch([
    { name: 'bytes', secret: bytes },
    { name: 'text', secret: text },
  ])
  const bytesOf = (content: Buffer | string) => (typeof content === 'string' ? Buffer.from(content) : content)
  const written: [string, Buffer | string][] = [
    ['text', text],
    ['text', Buffer.from(`é${text}`, 'utf16le')],
    ['bytes', Buffer.from(bytes).reverse()],
    ['bytes', inspect({ bytes })],
    ['bytes', JSON.stringify({ bytes })],
    ['bytes', JSON.stringify({ bytes: new Uint8Array(bytes) })],
    ['bytes', bytes.toString('hex').toUpperCase()],
  ]
  for (const before of ['', 'a', 'ab', 'abc']) {
    for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
      written.push(['text', Buffer.from(`${before}${text}:`).toString(encoding)])
      const within = Buffer.concat([Buffer.from(before), bytes, Buffer.from(':')])
      written.push(['bytes', encoding === 'latin1' ? within : within.toString(encoding)])
    }
  }
  for (const [name, content] of written) {
    const found = search(Buffer.concat([randomBytes(100), bytesOf(content), randomBytes(100)]))
    expect(new Set(found.map((match) => match.name)), String(content)).toEqual(new Set([name]))
  }
  expect(search(randomBytes(10_000))).toEqual([])
})

describe('custody', () => {
  it.skipIf(process.platform !== 'linux')(
    'is no matter of an API process: its memory holds nothing that leads to a wallet, nor a custody key or a data key',
    async () => {
      const { facet, url, apps } = story
      for (const { secret } of apps) await call('GET', `${url}/facet/v1/profiles`, bearer(secret))
      const found = foundInMemory(facet.pid)
      // What it has just been shown, and what it needs all the time.
      expect([...found]).toEqual(expect.arrayContaining(['API key of Bank', 'key of webhook secrets']))
      const custody = new Set(story.custody.map(({ name }) => name))
      expect(found.intersection(custody)).toEqual(new Set())
    },
    60_000,
  )

  it('gives no account of a seed that was put in the place of another, says so, and goes on once it is back', async () => {
    const { client, facet, url, apps } = story
    await swapSeeds(client)
    await dealOut(client)
    const before = await lastAccounts(client)
    for (const app of apps) await requestWallets(url, app, 'swapped')
    const isTold = ({ id }: StoryApp) =>
      facet.output.stdout.includes(
        `The seed of the app ${id} does not open: Unsupported state or unable to authenticate`,
      )
    await vi.waitUntil(() => apps.every(isTold), { timeout: 20_000 })
    expect(await lastAccounts(client)).toEqual(before)
    await swapSeeds(client)
    await expectToGoOn(story, url, 'swapped back')
  }, 60_000)

  it('goes on in a copy of the data folder where it stopped: its next addresses are those of the exported mnemonic', async () => {
    const { env, dataDir, credentials } = story
    await endStory()
    const copy = newFolder()
    folders.push(copy)
    execFileSync('cp', ['-a', `${dataDir}/.`, copy])
    const password = secretText()
    const mails = await openMailServer({ password })
    const mailing = {
      SMTP_URL: `smtp://facet:${password}@127.0.0.1:${mails.port}`,
      FACET_MAIL_FROM: 'facet@example.com',
    }
    const restored = startFacet({ ...env, ...mailing, FACET_DATA_DIR: copy })
    const url = await restored.ready()
    story = { ...story, facet: restored, url, client: await connect(copy) }
    await dealOut(story.client)
    await expectToGoOn(story, url, 'restored')
    credentials.push({ name: 'password of SMTP', secret: password }, ...(await peopleOfOna(url, 'eve')))
    await mails.until(() => mails.received.length > 0)
    const mailed = mailedSecretsIn(mails.received[0]?.text ?? '')
    expect(mailed).toHaveLength(1)
    credentials.push(...mailed.map((secret) => ({ name: 'mailed secret', secret })))
    await mails.close()
  }, 60_000)
})

describe('what is left of all this holds no secret in clear:', () => {
  const controls = () => new Set(story.controls.map(({ name }) => name))

  it('the rows of all tables', async () => {
    const search = searchOfAll()
    const found = new Map<string, string[]>()
    for await (const { place, bytes } of rowsOf(story.client)) {
      for (const { name, form } of search(bytes)) found.set(name, [...(found.get(name) ?? []), `${place}: ${form}`])
    }
    expect(new Set(found.keys())).toEqual(controls())
    expect(found.get('attribute')).toEqual(expect.arrayContaining(['events: text', 'profiles: text']))
    expect(found.get('sealed entropy')).toEqual(expect.arrayContaining(['app_seeds: bytes', 'app_seeds: hex']))
  }, 60_000)

  it('the files of both data folders, but for those of keys, which their owner alone can read', async () => {
    await endStory()
    const search = searchOfAll()
    for (const folder of folders) {
      const found = new Map<string, Set<string>>()
      for (const { place, bytes } of filesIn(folder)) {
        const names = search(bytes).map(({ name }) => name)
        if (names.length > 0) found.set(place, new Set(names))
      }
      const keyFiles = [...story.custody, ...story.credentials].flatMap(({ file, name }) =>
        file ? [{ file, name }] : [],
      )
      for (const { file, name } of keyFiles) {
        expect(found.get(file)).toEqual(new Set([name]))
        expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
        found.delete(file)
      }
      const others = [...found].filter(([, names]) => !names.isSubsetOf(controls()))
      expect(others).toEqual([])
      for (const place of ['postgres/base/', 'postgres/pg_wal/']) {
        const names = [...found].flatMap(([file, inFile]) => (file.startsWith(place) ? [...inFile] : []))
        expect(new Set(names)).toEqual(controls())
      }
    }
  }, 60_000)

  it('the output of servers, workers and commands at their most talkative', () => {
    const ids = story.apps.map(({ id }) => ({ name: 'app', secret: id }))
    const search = createSecretSearch([...story.custody, ...story.credentials, ...story.controls, ...ids])
    expect(story.said.length).toBeGreaterThan(8)
    const all = story.said.join('\n')
    expect(all).toContain('"level":20')
    expect(new Set(search(Buffer.from(all)).map(({ name }) => name))).toEqual(new Set(['app']))
  })
})
