import { createHmac } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { newId } from '../../src/core/ids.ts'
import { insertMembership } from '../../src/core/operators/memberships.queries.ts'
import { makeOperator } from '../../src/core/operators/operators.service.ts'
import type { Operator, Role } from '../../src/core/operators/operators.types.ts'
import { createPasswords } from '../../src/infra/passwords/passwords.ts'
import type { TestDatabase } from './database.ts'

const passwords = createPasswords()

/** The password of every operator that a test makes. */
export const operatorPassword = 'seven green lanterns'

let hash: Promise<string> | undefined

/** A new operator, and a member of each organization that is named. */
export async function newOperator(
  { system }: Pick<TestDatabase, 'system'>,
  memberships: Readonly<Record<string, Role>> = {},
  email = `operator-${newId()}@example.com`,
): Promise<Operator> {
  hash ??= passwords.hash(operatorPassword)
  const ctx = system()
  const operator = await makeOperator(ctx, { email, name: 'Olga Operator', passwordHash: await hash })
  if (operator === undefined) throw new Error(`There is an operator ${email} already`)
  for (const [organizationId, role] of Object.entries(memberships)) {
    await insertMembership(ctx, { organizationId, operatorId: operator.id, role, createdAt: operator.createdAt })
  }
  return operator
}

/** What a browser sends along for a page of the server itself, by the host that `inject` names. */
export const fromConsole = { host: 'localhost:80', origin: 'http://localhost' }

export type ConsoleMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** The sign-in of a server, as the console's pages use it. */
export function consoleOf(api: { readonly server: FastifyInstance }) {
  const ask = (
    method: ConsoleMethod,
    path: string,
    { cookie, body, headers }: { cookie?: string; body?: object; headers?: Record<string, string> } = {},
  ): Promise<LightMyRequestResponse> =>
    api.server.inject({
      method,
      url: `/console/auth${path}`,
      headers: { ...fromConsole, ...(cookie !== undefined && { cookie }), ...headers },
      ...(body !== undefined && { payload: body }),
    })
  return {
    ask,
    /** Signs an operator in; gives the header `Cookie` of their session. */
    async signIn(email: string, password = operatorPassword): Promise<string> {
      const answer = await ask('POST', '/sign-in/email', { body: { email, password } })
      if (answer.statusCode !== 200) throw new Error(`Signing in was answered ${answer.statusCode}: ${answer.body}`)
      return cookiesOf(answer)
    },
    /** Whether a cookie still stands for somebody. */
    async isSignedIn(cookie: string): Promise<boolean> {
      const answer = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie } })
      return answer.statusCode === 200
    },
  }
}

/** The cookies that an answer sets, as a browser sends them back; those that it ends are left out. */
export function cookiesOf({ headers }: Pick<LightMyRequestResponse, 'headers'>): string {
  const lines = [headers['set-cookie'] ?? []].flat()
  const kept = lines.filter((line) => !/max-age=0\b/i.test(line))
  return kept.map((line) => line.split(';')[0]).join('; ')
}

/** The code that an authenticator app shows for a URI of `otpauth://totp` at an instant (RFC 6238). */
export function codeOf(uri: string, at = Date.now()): string {
  const secret = fromBase32(new URL(uri).searchParams.get('secret') ?? '')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}
