import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect } from 'vitest'
import { createCredentialsKey } from '../../src/infra/keys/credentials-key.ts'
import { createLocalKey } from '../../src/infra/keys/wrapping-key.ts'
import { type FacetProcess, freePort, newFolder, runCli, sandboxOf, startFacet } from '../helpers/facet-process.ts'
import type { Canary } from '../helpers/secret-search.ts'
import { walletCanaries } from '../helpers/wallet-secrets.ts'
import { openReceiver } from '../helpers/webhook-receiver.ts'
import {
  addressesOf,
  bearer,
  keysAndWebhooks,
  mailsOf,
  peopleOfEpixel,
  peopleOfOna,
  post,
  secretText,
} from './secret-calls.ts'

/** An app of the story. */
export interface StoryApp {
  readonly id: string
  readonly name: string
  readonly isTest: boolean
  /** Of a key with all scopes. */
  readonly secret: string
}

/** A secret, and the one file of the data folder in which it has its place. */
export interface PlacedCanary extends Canary {
  readonly file?: string
}

/** A server that did all that has to do with secrets, and runs on. */
export interface Story {
  readonly env: Readonly<Record<string, string>>
  readonly dataDir: string
  readonly facet: FacetProcess
  readonly url: string
  /** The database. */
  readonly client: pg.Client
  readonly apps: readonly StoryApp[]
  readonly mnemonics: ReadonlyMap<StoryApp, string>
  /** Custody keys, data keys, and all that leads to what is in wallets. */
  readonly custody: readonly PlacedCanary[]
  /** What opens other things. */
  readonly credentials: PlacedCanary[]
  /** What the database holds as it is: the search must find it there. */
  readonly controls: readonly Canary[]
  /** What servers and commands wrote, but for the answers whose purpose is to give a secret. */
  readonly said: string[]
}

/** Lets a real server, as talkative as it can be, do everything that has to do with secrets. */
export async function tellStory(): Promise<Story> {
  const receiver = await openReceiver()
  const dataDir = newFolder()
  const [redis, s3, control] = [secretText(), secretText(), secretText()]
  const env = {
    ...{ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'trace', FACET_WEBHOOK_ALLOW: receiver.host },
    // Nobody answers there: what goes wrong is told too.
    REDIS_URL: `redis://:${redis}@127.0.0.1:${await freePort()}`,
    ...{ S3_BUCKET: 'pictures', S3_ACCESS_KEY_ID: 'facet', S3_SECRET_ACCESS_KEY: s3 },
  }
  const said: string[] = []
  const facet = startFacet(env)
  const url = await facet.ready()
  const client = await connect(dataDir)
  const { appId, key, secret } = sandboxOf(dataDir)
  const credentials: PlacedCanary[] = [
    { name: 'password of Redis', secret: redis },
    { name: 'secret access key of S3', secret: s3 },
    ...installationCanaries(dataDir),
    ...(await keysAndWebhooks(url, secret, receiver.host)),
    ...(await peopleOfOna(url, 'ann')),
    ...(await peopleOfEpixel(url, key)),
    ...(await mailsOf(url, secret)),
  ]
  await post(`${url}/facet/v1/profiles`, { reference: 'control', attributes: { note: control } }, bearer(secret))
  const bank = await makeLiveApp(env, 'Bank', said)
  credentials.push({ name: `API key of ${bank.name}`, secret: bank.secret })
  const apps = [{ id: appId, name: 'Sandbox', isTest: true, secret }, bank]
  for (const app of apps) credentials.push(...(await addressesOf(url, app, 'first')).shares)
  const custody = await custodyCanaries(client, dataDir, 'at first')
  said.push(await saidBy(runCli(['custody', 'rotate'], env)), await saidBy(runCli(['custody', 'renew'], env)))
  custody.push(...(await custodyCanaries(client, dataDir, 'in the end')))
  for (const app of apps) credentials.push(...(await addressesOf(url, app, 'second')).shares)
  const exported = await Promise.all(apps.map(async (app) => [app, await mnemonicOf(env, app, said)] as const))
  for (const [app, mnemonic] of exported) custody.push(...walletCanaries(app.name, mnemonic, app))
  const sealed = await client.query<{ entropy: Buffer }>('select entropy_sealed as entropy from app_seeds')
  const controls = [
    { name: 'attribute', secret: control },
    ...sealed.rows.map(({ entropy }) => ({ name: 'sealed entropy', secret: entropy })),
  ]
  await receiver.close()
  return { env, dataDir, facet, url, client, apps, mnemonics: new Map(exported), custody, credentials, controls, said }
}

/** A connection of the test's own to the embedded database. */
export async function connect(dataDir: string): Promise<pg.Client> {
  const { host, port, user, password, database } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'))
  const client = new pg.Client({ host, port, user, password, database })
  // The server's end takes the connection with it.
  client.on('error', () => {})
  await client.connect()
  return client
}

function installationCanaries(dataDir: string): PlacedCanary[] {
  const master = Buffer.from(readFileSync(join(dataDir, 'master.key'), 'utf8').trim(), 'base64')
  const { webhooksKey, mailKey } = createCredentialsKey(master)
  const { password } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'))
  return [
    { name: 'master key', secret: master, file: 'master.key' },
    { name: 'key of webhook secrets', secret: webhooksKey },
    { name: 'key of mails', secret: mailKey },
    { name: 'API key of the sandbox', secret: sandboxOf(dataDir).secret, file: 'sandbox.json' },
    { name: 'password of PostgreSQL', secret: password, file: 'postgres.json' },
  ]
}

/** The custody key and the data keys as they are now: the file holds one key, also after a rotation. */
async function custodyCanaries(client: pg.Client, dataDir: string, when: string): Promise<PlacedCanary[]> {
  const key = Buffer.from(readFileSync(join(dataDir, 'custody.key'), 'utf8').trim(), 'base64')
  const { rows } = await client.query<{ appId: string; dataKeyId: string; wrapped: Buffer }>(
    'select app_id as "appId", id as "dataKeyId", wrapped from custody_data_keys',
  )
  const dataKeys = await Promise.all(rows.map((row) => createLocalKey(key).unwrap(row, row.wrapped)))
  return [
    { name: `custody key ${when}`, secret: key, ...(when === 'in the end' && { file: 'custody.key' }) },
    ...dataKeys.map((secret) => ({ name: `data key ${when}`, secret })),
  ]
}

async function makeLiveApp(env: Record<string, string>, name: string, said: string[]): Promise<StoryApp> {
  const app = await runCli(['apps', 'create', name, '--mode', 'live', '--json'], env)
  said.push(await saidBy(app))
  const { id } = JSON.parse(app.stdout)
  const key = await runCli(['keys', 'create', 'Story', '--app', id, '--json'], env)
  said.push(key.stderr)
  return { id, name, isTest: false, secret: JSON.parse(key.stdout).secret }
}

type Run = Awaited<ReturnType<typeof runCli>>

async function saidBy(run: Run | Promise<Run>): Promise<string> {
  const { code, stdout, stderr } = await run
  expect(code, stderr).toBe(0)
  return stdout + stderr
}

/** The mnemonic of an app, from the one command that shows it. */
async function mnemonicOf(env: Record<string, string>, app: StoryApp, said: string[]): Promise<string> {
  const { stdout, stderr } = await runCli(['custody', 'export', '--app', app.id, '--json'], env, `${app.name}\n`)
  said.push(stderr)
  return JSON.parse(stdout).mnemonic
}
