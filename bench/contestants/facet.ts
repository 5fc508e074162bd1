import { execFile, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Cleanup, createCleanup, endChild } from '../cleanup.ts'

const main = join(import.meta.dirname, '../../server/src/main.ts')
const cli = join(import.meta.dirname, '../../server/src/cli/main.ts')
const startTimeoutMs = 30_000
const pollMs = 10

/** What a client of the started server needs; see the sandbox file. */
export interface Facet {
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly organizationId: string
  readonly appId: string
  readonly key: string
  readonly secret: string
  /** From the spawn to its first answer, in milliseconds. */
  readonly startMs: number
}

export interface FacetOptions {
  readonly dataDir: string
  readonly databaseUrl: string
  readonly nodeFlags: readonly string[]
  /** Where its webhooks may go, as `host:port`. */
  readonly webhookTarget: string
  /** Instead of as many as it opens by default. */
  readonly databaseConnections?: number
  /** FACET_WORKERS, where it is not the usual. */
  readonly workers?: string
}

/** What is raised for a run, with a setting and with `facet apps update`; everything else is as it comes. */
export const raised = {
  environment: { FACET_RATE_LIMIT: '1000000000' },
  flags: ['--per-second', '1000000', '--per-minute', '1000000', '--parallel', '1000000'],
} as const

/**
 * Starts Facet as a user would, everything on, on the bench's database. Its log goes to a file, so it is written at the
 * default level for one.
 */
export async function startFacet(options: FacetOptions, cleanup: Cleanup): Promise<Facet> {
  const facet = await spawnFacet(options, cleanup)
  await promisify(execFile)(process.execPath, [cli, 'apps', 'update', facet.appId, ...raised.flags], {
    env: environmentOf(options),
  })
  return facet
}

/** Starts it, ends it, and starts it again: the second time, which counts, finds its cluster, schema and sandbox made. */
export async function startFacetTwice(options: FacetOptions, cleanup: Cleanup): Promise<Facet> {
  const first = createCleanup()
  cleanup.add(() => first.run())
  await spawnFacet(options, first)
  await first.run()
  // Written anew when the server listens.
  await rm(join(options.dataDir, 'sandbox.json'))
  return startFacet(options, cleanup)
}

async function spawnFacet(options: FacetOptions, cleanup: Cleanup): Promise<Facet> {
  const { dataDir, nodeFlags } = options
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const logFile = join(dataDir, 'facet.log')
  const log = openSync(logFile, 'a')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...nodeFlags, main], {
    stdio: ['ignore', log, log],
    env: environmentOf(options),
  })
  cleanup.add(() => endChild(child))
  while (performance.now() - startedAt < startTimeoutMs && child.exitCode === null) {
    const sandbox = await readSandbox(dataDir)
    if (sandbox !== undefined && child.pid !== undefined) {
      const { hostname, port } = new URL(sandbox.url)
      const facet = { ...sandbox, pid: child.pid, host: hostname, port: Number(port) }
      await answerOf(facet)
      return { ...facet, startMs: performance.now() - startedAt }
    }
    await wait(pollMs)
  }
  const tail = (await readFile(logFile, 'utf8').catch(() => '')).slice(-2_000)
  throw new Error(`Facet did not start:\n${tail}`)
}

type SandboxFile = Pick<Facet, 'organizationId' | 'appId' | 'key' | 'secret'> & { readonly url: string }

/** The sandbox file; the server writes it once it listens. */
async function readSandbox(dataDir: string): Promise<SandboxFile | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8'))
  } catch {
    return undefined
  }
}

/** Waits for its answer to a request. */
async function answerOf({ host, port, secret }: Pick<Facet, 'host' | 'port' | 'secret'>): Promise<void> {
  const url = `http://${host}:${port}/facet/v1/profiles?limit=1`
  const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
  if (!response.ok) throw new Error(`Facet answers with ${response.status}: ${await response.text()}`)
  await response.body?.cancel()
}

function environmentOf({
  dataDir,
  databaseUrl,
  webhookTarget,
  databaseConnections,
  workers,
}: FacetOptions): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FACET_|DATABASE_URL$|NODE_ENV$)/.test(name))
  return {
    ...Object.fromEntries(inherited),
    FACET_PORT: '0',
    FACET_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    FACET_WEBHOOK_ALLOW: webhookTarget,
    ...(databaseConnections !== undefined && { FACET_DATABASE_CONNECTIONS: String(databaseConnections) }),
    ...(workers !== undefined && { FACET_WORKERS: workers }),
    ...raised.environment,
  }
}
