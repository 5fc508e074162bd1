import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { beforeAll, inject } from 'vitest'
import { type Client, createClient } from '../../../sdk/src/client.ts'
import { cleanUpProcesses, newFolder, sandboxOf, startFacet } from '../../../server/test/helpers/facet-process.ts'
import { databaseUrl } from '../../../server/test/helpers/global-setup.ts'
import { type Credentials, enter } from './operators.ts'

/** A running installation, as a first start makes it. */
export interface TestFacet {
  readonly url: string
  readonly dataDir: string
  readonly appId: string
  readonly key: string
  readonly secret: string
  readonly operatorEmail: string
  readonly operatorPassword: string
  /** The native API with the sandbox's key. */
  readonly api: Client
  /** The settings that a command beside the server needs. */
  readonly env: Readonly<Record<string, string>>
  /** The address of a page of the sandbox app. */
  at(path: string): string
}

/** Starts the real server on a database of the file's own. Its members are there in tests. */
export function useFacet(settings: Readonly<Record<string, string>> = {}): TestFacet {
  cleanUpProcesses('all')
  const facet = {} as { -readonly [Name in keyof TestFacet]: TestFacet[Name] }
  beforeAll(async () => {
    const dataDir = newFolder()
    const env = {
      FACET_PORT: '0',
      FACET_LOG_LEVEL: 'error',
      FACET_DATA_DIR: dataDir,
      DATABASE_URL: await newDatabase(),
      ...settings,
    }
    const url = await startFacet(env).ready()
    Object.assign(facet, sandboxOf(dataDir), { url, dataDir, env })
    facet.api = createClient({ baseUrl: url, secret: facet.secret, keyedWrites: true })
    facet.at = (path) => `${url}/console/${facet.appId}${path}`
  })
  return facet
}

/** The operator that the first start makes. */
export function ownerOf({ operatorEmail, operatorPassword }: TestFacet): Credentials {
  return { email: operatorEmail, password: operatorPassword }
}

/** A database of its own on the server of the run, as a URL. */
export async function newDatabase(): Promise<string> {
  const server = inject('databaseServer')
  const name = `facet_console_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client(server)
  await admin.connect()
  await admin.query(`create database ${name} template ${inject('templateDatabase')}`)
  await admin.end()
  return databaseUrl(server, name)
}

/** Signs an operator in, the sandbox's unless another is named, and waits for the first page. */
export async function signIn(page: Page, facet: TestFacet, who: Credentials = ownerOf(facet)): Promise<void> {
  await page.goto(`${facet.url}/console/`)
  await enter(page, who)
  await page.getByRole('heading', { name: 'Home' }).waitFor()
}
