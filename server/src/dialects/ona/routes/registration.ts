import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { checkRegistration, registerPerson } from '../../../core/credentials/credentials.service.ts'
import type { Registration } from '../../../core/credentials/credentials.types.ts'
import { DomainFault } from '../../../core/errors.ts'
import { toPersonAnswer } from '../mappers.ts'
import { readPersonBody, withIssues } from '../person-body.ts'
import { type FieldErrors, forbidden, invalidFields, Refusal } from '../refusal.ts'
import { ErrorAnswer, PersonBody, PersonObject } from '../schemas.ts'

/** `POST /api/v1/profiles` (seed 003, "Register a new User"; contracts/ona.md 3.3). */
export function registrationRoute(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api/v1/profiles',
    {
      schema: {
        summary: 'Register a person',
        body: PersonBody,
        response: { 201: PersonObject, '4xx': ErrorAnswer, '5xx': ErrorAnswer },
      },
    },
    async (request, reply) => {
      const { ctx, body } = request
      if (!ctx.settings.selfService.registration) throw forbidden('You do not have permission to create user.')
      const registration = readRegistration(body, ctx.now)
      const taken = await refuseWrong(ctx, registration)
      const { profile } = await registerPerson(ctx, registration).catch((error) => {
        throw asRace(error, registration.profile.username, taken)
      })
      // Who registers sees their metadata, and their e-mail only when they are somebody already (decision 17).
      const shown = toPersonAnswer(profile, 'owner', request.origin)
      const { email: _, ...withoutEmail } = shown
      return reply.code(201).send(request.person === undefined ? withoutEmail : shown)
    },
  )
}

interface ReadRegistration extends Registration {
  readonly errors: FieldErrors
}

/** With a password, the metadata tell when it was set. */
function readRegistration(body: Readonly<Record<string, unknown>>, now: Date): ReadRegistration {
  const { input, password, errors } = readPersonBody(body, { partial: false })
  const noted = password !== undefined && { last_password_edit: now.toISOString() }
  return { profile: { ...input, attributes: { ...input.attributes, ...noted } }, password, errors }
}

/**
 * Throws every field that is wrong. Under an Idempotency-Key, names that are taken may be by the first request: the
 * refusal is given then, for when they are another's.
 */
async function refuseWrong(ctx: Ctx, registration: ReadRegistration): Promise<Refusal | undefined> {
  const issues = await checkRegistration(ctx, registration)
  const wrong = withIssues(registration.errors, issues, registration.profile)
  if (Object.keys(wrong).length === 0) return undefined
  const refusal = invalidFields(wrong)
  const mayBeOwn = Object.keys(registration.errors).length === 0 && issues.every(({ rule }) => rule === 'taken')
  if (ctx.idempotency !== undefined && mayBeOwn) return refusal
  throw refusal
}

/** Somebody else took the name between the look and the write (contracts/ona.md 3.3, "race"), or before it. */
function asRace(error: unknown, username: string | null | undefined, taken: Refusal | undefined): unknown {
  if (!(error instanceof DomainFault) || error.fault.code !== 'identifier_taken') return error
  if (taken !== undefined) return taken
  return error.fault.fields.includes('username')
    ? new Refusal(400, [`User account ${username} already exists`])
    : invalidFields({ email: ['This email address is already in use. '] })
}
