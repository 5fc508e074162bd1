import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, inject, type MockInstance } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { Ctx, SystemCtx } from '../../src/core/context.ts'
import { scopes } from '../../src/core/context.ts'
import type { Db } from '../../src/core/db.ts'
import { createApp, createOrganization } from '../../src/core/organizations/organizations.service.ts'
import type { Files } from '../../src/core/ports.ts'
import { createWalletNews } from '../../src/core/wallets/wallet-news.ts'
import { type DatabaseAddress, openPool, type PooledDb } from '../../src/infra/db/pool.ts'
import { createLocalFiles } from '../../src/infra/files/local-files.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { type CredentialsKey, createCredentialsKey } from '../../src/infra/keys/credentials-key.ts'
import { createPasswords } from '../../src/infra/passwords/passwords.ts'
import { createPictures } from '../../src/infra/pictures/pictures.ts'
import { databaseUrl, withDatabase } from './global-setup.ts'

/** A logger that keeps quiet. */
export const quietLog = pino({ level: 'silent' })

/** Refuses no URL: the rules of URLs have tests of their own. */
export const anyUrl = { refusal: () => undefined }

/** Nobody tells of wallets here: who waits for one looks by itself. */
const noNews = createWalletNews({ listen() {}, onGap() {} })

const passwords = createPasswords()
const pictures = createPictures(readConfig({}), quietLog)

/** A database of a test file's own, and a folder for files. */
export interface TestDatabase {
  readonly address: DatabaseAddress
  readonly db: PooledDb
  readonly keys: CredentialsKey
  /** The 32 bytes that the keys are made of, for processes of a test's own. */
  readonly masterKey: Buffer
  readonly files: Files
  /** The folder of these files. */
  readonly filesFolder: string
  /** A context without an app, at the present moment. */
  system(): SystemCtx
  /** A new app in a new organization, and a context in it that may do everything. */
  newApp(mode?: 'sandbox' | 'live'): Promise<Ctx>
}

/**
 * The statements that a spy on `query` has seen, without those that a server sends when it likes: the signal of an earlier write, and
 * the counts of earlier calls.
 */
export function statementsOf(query: MockInstance<Db['query']>): string[] {
  return query.mock.calls.map(([text]) => text).filter((text) => !/pg_notify|call_counts/.test(text))
}

/** Clones the template for this file, and drops the clone after it. Call at the top of a file or describe block. */
export function useDatabase(): TestDatabase {
  const name = `facet_test_${randomBytes(8).toString('hex')}`
  const server = inject('databaseServer')
  const address = withDatabase(server, name)
  const masterKey = randomBytes(32)
  const keys = createCredentialsKey(masterKey)
  const db = openPool({ address, connections: 16, log: quietLog })
  const folder = join(tmpdir(), name)
  const files = createLocalFiles(folder)
  const system = (): SystemCtx => ({
    db,
    keys,
    log: quietLog,
    publicUrl: undefined,
    now: new Date(),
    actor: { kind: 'system', id: 'test' },
    requestId: null,
  })

  beforeAll(() => asAdmin(server, `create database ${name} template ${inject('templateDatabase')}`))
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await db.close()
    await asAdmin(server, `drop database if exists ${name} with (force)`)
  })
  return {
    address,
    db,
    keys,
    masterKey,
    files,
    filesFolder: folder,
    system,
    async newApp(mode = 'sandbox') {
      const organization = await createOrganization(system(), { name: 'Test organization' })
      const app = await createApp(system(), { organizationId: organization.id, name: 'Test app', mode })
      const all = new Set(scopes)
      return {
        ...system(),
        appId: app.id,
        appMode: mode,
        outbound: anyUrl,
        jobs,
        sendsMail: false,
        passwords,
        files,
        pictures,
        walletNews: noNews,
        settings: app.settings,
        organizationId: organization.id,
        organizationNumber: organization.number,
        scopes: all,
        requestId: 'test',
      }
    },
  }
}

/**
 * Makes databases that are migrated and otherwise empty, for servers that a test starts, and drops them after the file.
 * Call at the top of a file or describe block; what it returns makes one, and answers its URL.
 */
export function useServerDatabases(): () => Promise<string> {
  const server = inject('databaseServer')
  const names: string[] = []
  afterAll(async () => {
    for (const name of names) await asAdmin(server, `drop database if exists ${name} with (force)`)
  })
  return async () => {
    const name = `facet_test_${randomBytes(8).toString('hex')}`
    names.push(name)
    await asAdmin(server, `create database ${name} template ${inject('templateDatabase')}`)
    return databaseUrl(server, name)
  }
}

async function asAdmin(server: DatabaseAddress, statement: string): Promise<void> {
  const client = new pg.Client(server)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
