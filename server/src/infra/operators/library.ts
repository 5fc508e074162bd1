import { AsyncLocalStorage } from 'node:async_hooks'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { Db } from '../../core/db.ts'
import { DomainFault } from '../../core/errors.ts'
import { cookiePrefix, sessionLifeMs } from '../../core/operators/session-tokens.rules.ts'
import type { Log, OperatorSignIn, Passwords, SignInAnswer, SignInCall } from '../../core/ports.ts'
import { type Proof, signInAdapter } from './sign-in-adapter.ts'

export interface SignInOptions {
  readonly db: Db
  readonly passwords: Passwords
  readonly log: Log
  /** Signs cookies, and encrypts second factors. */
  readonly secret: string
  readonly secureCookies: boolean
}

const daySeconds = 86_400
const mostPasswordLength = 2_048
/** The library asks for an address. Where a request came from is judged before it gets here. */
const origin = 'http://console.invalid'
const basePath = '/console/auth'
const addressHeader = 'x-client-address'

/** What is known of one call while it is answered. */
interface Call {
  readonly path: string
  readonly proof: Proof
  fault?: DomainFault
}

/** Opens the library that signs operators in. */
export function openSignIn(options: SignInOptions): OperatorSignIn {
  const calls = new AsyncLocalStorage<Call>()

  /** The library answers its own words for whatever fails below it, or takes it for nobody signed in. */
  async function noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const call = calls.getStore()
      if (call !== undefined && error instanceof DomainFault) call.fault ??= error
      throw error
    }
  }

  async function verify(hash: string | undefined, password: string) {
    const verified = await noting(options.passwords.verify(hash, password))
    const call = calls.getStore()
    if (call?.path === '/sign-in/email' && verified.matches && hash !== undefined) call.proof.passwordHash = hash
    return verified
  }

  const db: Db = { ...options.db, query: (text, values) => noting(options.db.query(text, values)) }
  const passwords: Passwords = { hash: (password) => noting(options.passwords.hash(password)), verify }
  const database = signInAdapter(db, () => calls.getStore()?.proof ?? {})
  const { handler } = betterAuth({ ...settings({ ...options, passwords }), database })

  return {
    async call(given) {
      const call: Call = { path: given.path, proof: { code: codeOf(given) } }
      const answer = await calls.run(call, async () => toAnswer(await handler(toRequest(given))))
      if (call.fault !== undefined) throw call.fault
      return answer
    },
  }
}

/** The code of an authenticator in a call; a backup code is none. */
function codeOf({ path, body }: SignInCall): string | undefined {
  const { code } = (body ?? {}) as { readonly code?: unknown }
  return path === '/two-factor/verify-totp' && typeof code === 'string' ? code : undefined
}

function settings({ passwords, log, secret, secureCookies }: Omit<SignInOptions, 'db'>) {
  return {
    appName: 'Facet',
    baseURL: origin,
    basePath,
    secret,
    // Given as well, so that no variable of the environment is asked for them.
    secrets: [{ version: 1, value: secret }],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: {
      level: 'error' as const,
      log: (_level: string, message: string, ...rest: unknown[]) => log.error({ err: rest[0] }, `Sign-in: ${message}`),
    },
    user: { modelName: 'operators' },
    account: { modelName: 'accounts', fields: { userId: 'operatorId', password: 'passwordHash' } },
    verification: { modelName: 'verifications', storeIdentifier: 'hashed' as const },
    session: {
      modelName: 'sessions',
      fields: { userId: 'operatorId', token: 'tokenHash' },
      expiresIn: sessionLifeMs / 1_000,
      updateAge: daySeconds,
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      maxPasswordLength: mostPasswordLength,
      password: {
        hash: (password: string) => passwords.hash(password),
        verify: async ({ hash, password }: { hash: string; password: string }) =>
          (await passwords.verify(hash, password)).matches,
      },
    },
    advanced: {
      cookiePrefix: cookiePrefix(secureCookies),
      // Else the library puts a prefix of its own before ours.
      useSecureCookies: false,
      defaultCookieAttributes: { secure: secureCookies, httpOnly: true, sameSite: 'strict' as const, path: '/' },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      database: { validateSchema: false },
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    plugins: [
      twoFactor({
        issuer: 'Facet',
        schema: { twoFactor: { modelName: 'twoFactors', fields: { userId: 'operatorId' } } },
      }),
    ],
  }
}

function toRequest({ path, method, body, cookie, address, userAgent }: SignInCall): Request {
  const headers = new Headers({ [addressHeader]: address, 'user-agent': userAgent })
  if (cookie !== '') headers.set('cookie', cookie)
  if (method === 'POST') headers.set('content-type', 'application/json')
  return new Request(`${origin}${basePath}${path}`, {
    method,
    headers,
    ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
  })
}

async function toAnswer(response: Response): Promise<SignInAnswer> {
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    cookies: response.headers.getSetCookie(),
  }
}
