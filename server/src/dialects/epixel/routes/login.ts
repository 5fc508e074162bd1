import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { signIn } from '../../../core/credentials/logins.service.ts'
import { renewSession } from '../../../core/credentials/sessions.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { Refusal } from '../../../http/refusal.ts'
import { createFieldReader, readText } from '../fields.ts'
import { invalidFields } from '../refusal.ts'
import { errors, formOf, RenewedAnswer, TokensAnswer } from '../schemas.ts'

/** Where a refresh token is renewed: the vendor does not say (contracts/epixel.md 2.2). */
const renewalPaths = ['/user/login/refresh/', '/user/token/refresh/'] as const

/** Access and refresh tokens, which come without the envelope. */
export async function loginRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/user/login/',
    {
      schema: {
        summary: 'Sign in',
        security: [{ apiKey: [] }],
        ...formOf(['username', 'password']),
        response: { 200: TokensAnswer, ...errors },
      },
    },
    async (request) => {
      const { username: name, password } = readFields(request.body ?? {}, ['username', 'password'])
      const { access, refresh } = await signIn(request.ctx, { name, password, address: request.ip })
      return { refresh, access }
    },
  )

  for (const path of renewalPaths) {
    app.post(
      path,
      {
        schema: {
          summary: `Renew the tokens (${path})`,
          security: [{ apiKey: [] }],
          ...formOf(['refresh']),
          response: { 200: RenewedAnswer, ...errors },
        },
      },
      async (request) => {
        const { refresh } = readFields(request.body ?? {}, ['refresh'])
        return renewSession(request.ctx, refresh).catch((error) => {
          throw isRefused(error) ? new Refusal(401, tokenNotValid) : error
        })
      },
    )
  }
}

const tokenNotValid = { detail: 'Token is invalid or expired', code: 'token_not_valid' }

function isRefused(error: unknown): boolean {
  return error instanceof DomainFault && ['token_invalid', 'token_expired'].includes(error.fault.code)
}

/** Fields that must all be there. */
function readFields<const Name extends string>(
  body: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const { errors: wrong, take } = createFieldReader()
  const rule = { required: true, keepsSpaces: true }
  const values = names.map((name) => [name, take(name, readText(body[name], rule)) ?? ''])
  if (Object.keys(wrong).length > 0) throw invalidFields(wrong)
  return Object.fromEntries(values)
}
