import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { type App, type AppOptions, buildApp } from '../../src/app.ts'
import { issueApiKey } from '../../src/core/api-keys/api-keys.service.ts'
import type { IssuedApiKey } from '../../src/core/api-keys/api-keys.types.ts'
import { appScopes } from '../../src/core/api-keys/sandbox.service.ts'
import type { Ctx, Scope } from '../../src/core/context.ts'
import type { Notices } from '../../src/core/ports.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { openNotices } from '../../src/infra/db/notices.ts'
import { createOutbound } from '../../src/infra/outbound/outbound.ts'
import { anyUrl, quietLog, type TestDatabase } from './database.ts'

/** One app of the server under test, with a key that holds every scope of an app. */
export interface TestTenant {
  readonly ctx: Ctx
  readonly apiKey: IssuedApiKey
}

export interface TestApi {
  /** The whole server; use `inject`, or `listen` on it. */
  readonly server: FastifyInstance
  /** A new app with a key. */
  newTenant(options?: { mode?: 'sandbox' | 'live' }): Promise<TestTenant>
  /** A further key of a tenant. */
  newKey(tenant: TestTenant, scopes: readonly Scope[], expiresAt?: Date): Promise<IssuedApiKey>
}

/** The default settings of a server under test. */
export const testConfig: AppOptions['config'] = {
  bodyLimitBytes: 1_048_576,
  pictureMaxBytes: 10_485_760,
  pictureMaxPixels: 50_000_000,
  pictureTimeoutSeconds: 10,
  publicUrl: undefined,
  trustedProxies: [],
  metricsPort: undefined,
  workers: 1,
  rateLimitPerMinute: 1_000_000,
  smtpUrl: undefined,
  epixelBase: '/api/v1',
  production: false,
}

/** Notices that never miss a message, as none is sent: keys stay remembered however slow the machine is. */
export const steadyNotices: Notices = { listen() {}, onGap() {}, trusted: true }

/** The one local target that sandbox apps of servers under test may name. */
export const localTarget = '127.0.0.1:9999'

/** Ports for a server whose tests do not look at what goes through them. */
export const quietPorts: Pick<AppOptions, 'events' | 'outbound' | 'files'> = {
  events: { raise() {} },
  outbound: anyUrl,
  files: { put: async () => {}, get: async () => undefined, removeAll: async () => {} },
}

/**
 * Builds the whole app on the file's database and ends it after the file. Notices are real; a test that counts
 * statements, or takes the database away, gives `steadyNotices` instead.
 */
export function useApi(
  database: TestDatabase,
  config: Partial<AppOptions['config']> = {},
  givenNotices?: Notices,
): TestApi {
  let app: App | undefined
  let closeNotices: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const opened = givenNotices === undefined ? openNotices(database.address, quietLog) : undefined
    closeNotices = async () => opened?.close()
    const notices = opened ?? givenNotices ?? steadyNotices
    const { db, keys, files } = database
    // Who counts statements does not want those of the signal.
    const events = opened === undefined ? quietPorts.events : createEventSignal(db, quietLog)
    const outbound = createOutbound({ allow: [localTarget] })
    const options = { db, keys, notices, events, outbound, files, log: quietLog }
    app = await buildApp({ config: { ...testConfig, ...config }, ...options })
    await app.server.ready()
  })
  afterAll(async () => {
    await app?.close(1_000)
    await closeNotices?.()
  })
  return {
    get server() {
      if (app === undefined) throw new Error('The server is there in hooks and tests only')
      return app.server
    },
    async newTenant({ mode = 'sandbox' } = {}) {
      const ctx = await database.newApp(mode)
      return { ctx, apiKey: await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: appScopes, expiresAt: null }) }
    },
    newKey: ({ ctx }, scopes, expiresAt) =>
      issueApiKey({ ...ctx, now: new Date(0) }, ctx.appId, { name: 'Key', scopes, expiresAt: expiresAt ?? null }),
  }
}

/** Lets the server listen on a free loopback port; gives its URL. For tests that need real sockets. */
export async function listenOnLoopback(server: FastifyInstance): Promise<string> {
  if (!server.server.listening) {
    await server.listen({ host: '127.0.0.1', port: 0 })
  }
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('Not listening')
  return `http://127.0.0.1:${address.port}`
}
