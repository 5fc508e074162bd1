import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Cleanup, endChild } from '../cleanup.ts'

const main = join(import.meta.dirname, '../../server/src/main.ts')
const startTimeoutMs = 30_000

/** What a client of the started server needs; see the sandbox file. */
export interface Facet {
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly organizationId: string
  readonly appId: string
  readonly secret: string
}

/**
 * Starts Facet as a user would, everything on, on the bench's database. Its log goes to a file, so it is written at the
 * default level for one.
 */
export async function startFacet(
  options: {
    readonly dataDir: string
    readonly databaseUrl: string
    readonly nodeFlags: readonly string[]
    /** Where its webhooks may go, as `host:port`. */
    readonly webhookTarget: string
  },
  cleanup: Cleanup,
): Promise<Facet> {
  const { dataDir, databaseUrl, nodeFlags, webhookTarget } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const logFile = join(dataDir, 'facet.log')
  const log = openSync(logFile, 'a')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FACET_|DATABASE_URL$|NODE_ENV$)/.test(name))
  const child = spawn(process.execPath, [...nodeFlags, main], {
    stdio: ['ignore', log, log],
    env: {
      ...Object.fromEntries(inherited),
      FACET_PORT: '0',
      FACET_DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      FACET_WEBHOOK_ALLOW: webhookTarget,
    },
  })
  cleanup.add(() => endChild(child))
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline && child.exitCode === null) {
    const sandbox = await readSandbox(dataDir)
    if (sandbox !== undefined && child.pid !== undefined) {
      const { hostname, port } = new URL(sandbox.url)
      return { ...sandbox, pid: child.pid, host: hostname, port: Number(port) }
    }
    await wait(50)
  }
  const tail = (await readFile(logFile, 'utf8').catch(() => '')).slice(-2_000)
  throw new Error(`Facet did not start:\n${tail}`)
}

interface SandboxFile {
  readonly url: string
  readonly organizationId: string
  readonly appId: string
  readonly secret: string
}

/** The sandbox file; the server writes it once it listens. */
async function readSandbox(dataDir: string): Promise<SandboxFile | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8'))
  } catch {
    return undefined
  }
}
