import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openEmbeddedPostgres } from '../../src/infra/db/embedded/embedded-postgres.ts'
import { migrate } from '../../src/infra/db/migrate.ts'
import type { DatabaseAddress } from '../../src/infra/db/pool.ts'
import { installJobQueue } from '../../src/infra/jobs/queue.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server in which test files clone their databases. */
    databaseServer: DatabaseAddress
    /** A migrated database that nobody is connected to. */
    templateDatabase: string
    /** Where `startedFolder` keeps the data folder that it copies. */
    startedFolder: string
  }
}

/** One PostgreSQL for the whole run: the embedded one, or the one that FACET_TEST_DATABASE_URL names. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openServer()
  const template = `facet_template_${process.pid}`
  const admin = new pg.Client(server.address)
  await admin.connect()
  await admin.query(`drop database if exists ${template}`)
  await admin.query(`create database ${template} template template0 encoding 'UTF8' locale 'C'`)
  const client = new pg.Client(withDatabase(server.address, template))
  await client.connect()
  await migrate(client)
  await client.end()
  await installJobQueue(withDatabase(server.address, template))
  project.provide('databaseServer', server.address)
  project.provide('templateDatabase', template)
  const startedFolder = join(tmpdir(), `facet-started-${process.pid}`)
  project.provide('startedFolder', startedFolder)
  return async () => {
    await rm(startedFolder, { recursive: true, force: true })
    await admin.query(`drop database if exists ${template}`)
    await admin.end()
    await server.close()
  }
}

/** The same server, another database. */
export function withDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  if (!('connectionString' in address)) return { ...address, database }
  const url = new URL(address.connectionString)
  url.pathname = `/${database}`
  return { connectionString: url.href }
}

/** The same as a URL: a server that is reached by a socket names its folder as the host. */
export function databaseUrl(server: DatabaseAddress, database: string): string {
  const address = withDatabase(server, database)
  if ('connectionString' in address) return address.connectionString
  const { user, password, host, port } = address
  return `postgres://${user}:${password}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
}

async function openServer(): Promise<{ address: DatabaseAddress; close: () => Promise<void> }> {
  const url = process.env.FACET_TEST_DATABASE_URL
  if (url !== undefined) return { address: { connectionString: url }, close: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'facet-test-'))
  const server = await openEmbeddedPostgres({ dataDir, role: 'main', say: () => {} })
  return {
    address: server.connection,
    async close() {
      await server.release()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
