import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { changePassword } from '../../../core/credentials/credentials.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { checkAttributes, updateProfile } from '../../../core/profiles/profiles.service.ts'
import type { Attributes } from '../../../core/profiles/profiles.types.ts'
import { Refusal } from '../../../http/refusal.ts'
import { requirePerson } from '../authentication.ts'
import { toMinutes } from '../errors.ts'
import { readText } from '../fields.ts'
import { passwordSentence } from '../person-body.ts'
import { forbidden } from '../refusal.ts'
import { ErrorAnswer, PasswordAnswer, PasswordBody, PersonParams } from '../schemas.ts'
import { getPerson } from './profiles.ts'

/** `change_password`, in the singular that the seed prints and in the plural of the present server (contracts/ona.md 3.5). */
export async function passwordRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  for (const resource of ['profile', 'profiles'] as const) {
    app.post(
      `/api/v1/${resource}/:user/change_password`,
      {
        schema: {
          summary: `Change the password (${resource})`,
          params: PersonParams,
          body: PasswordBody,
          response: { 200: PasswordAnswer, '4xx': ErrorAnswer, '5xx': ErrorAnswer },
        },
      },
      async (request) => {
        const person = requirePerson(request)
        const { id, username } = await getPerson(request.ctx, request.params.user)
        if (id !== person.id) throw forbidden()
        const { current, next } = readPasswords(request.body)
        const alongside = (tx: Ctx) => noteChange(tx, id)
        const tokens = await changePassword(request.ctx, id, { current, next, address: request.ip, alongside }).catch(
          (error) => {
            throw worded(error)
          },
        )
        return { username: username ?? '', access_token: tokens.permanent, temp_token: tokens.temporary }
      },
    )
  }
}

function readPasswords(body: Readonly<Record<string, unknown>>): { current: string; next: string } {
  const { current_password: current, new_password: next } = body
  if (isBlank(current) || isBlank(next)) {
    throw new Refusal(400, { error: 'current_password and new_password fields cannot be blank' })
  }
  return { current: readPassword(current), next: readPassword(next) }
}

function isBlank(sent: unknown): boolean {
  return sent === undefined || sent === null || sent === ''
}

function readPassword(sent: unknown): string {
  const read = readText(sent, { keepsSpaces: true })
  if (read !== undefined && 'value' in read) return read.value
  throw new Refusal(400, { errors: read?.errors ?? [] })
}

/** Metadata that have no room for the time stay without it: a password can always be changed. */
async function noteChange(tx: Ctx, id: string): Promise<void> {
  const changeAttributes = (before: Attributes): Attributes => {
    const after = { ...before, last_password_edit: tx.now.toISOString() }
    return checkAttributes(after) === undefined ? after : before
  }
  await updateProfile(tx, { by: 'id', value: id }, {}, { changeAttributes })
}

function worded(error: unknown): unknown {
  if (!(error instanceof DomainFault)) return error
  const { fault } = error
  switch (fault.code) {
    case 'password_wrong':
      return new Refusal(400, { error: `Invalid password. You have ${fault.attemptsLeft} attempts left.` })
    case 'password_locked': {
      const minutes = toMinutes(fault.retryAfterMs)
      return new Refusal(400, { error: `Too many password reset attempts. Try again in ${minutes} minutes` })
    }
    case 'input_invalid':
      return new Refusal(400, { errors: fault.issues.map(passwordSentence) })
    default:
      return error
  }
}
