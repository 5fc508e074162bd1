import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { checkRegistration, registerPerson } from '../../../core/credentials/credentials.service.ts'
import type { RegisteredPerson, Registration } from '../../../core/credentials/credentials.types.ts'
import { DomainFault } from '../../../core/errors.ts'
import { findStoredResult } from '../../../core/idempotency.ts'
import { type FieldErrors, Refusal } from '../../../http/refusal.ts'
import { toPersonAnswer } from '../mappers.ts'
import { readPersonBody, withIssues } from '../person-body.ts'
import { forbidden, invalidFields } from '../refusal.ts'
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
      // A repeat is not judged by what others have taken since, nor by what it took itself.
      const stored = await findStoredResult<RegisteredPerson>(ctx)
      const { profile } = stored?.result ?? (await register(ctx, readRegistration(body, ctx.now)))
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
 * Throws every field that is wrong. The write itself finds what is taken; it is looked for before it only where something is wrong
 * anyway, and where a password is to be hashed, which costs more than a look.
 */
async function register(ctx: Ctx, registration: ReadRegistration): Promise<RegisteredPerson> {
  const looksFirst = Boolean(registration.password) || Object.keys(registration.errors).length > 0
  if (looksFirst) await refuseWrong(ctx, registration)
  try {
    return await registerPerson(ctx, registration)
  } catch (error) {
    if (!isRefusalOfInput(error)) throw error
    if (!looksFirst) await refuseWrong(ctx, registration)
    throw asRace(error, registration.profile.username)
  }
}

async function refuseWrong(ctx: Ctx, registration: ReadRegistration): Promise<void> {
  const issues = await checkRegistration(ctx, registration)
  const wrong = withIssues(registration.errors, issues, registration.profile)
  if (Object.keys(wrong).length > 0) throw invalidFields(wrong)
}

function isRefusalOfInput(error: unknown): error is DomainFault {
  return error instanceof DomainFault && refusalsOfInput.has(error.fault.code)
}

const refusalsOfInput: ReadonlySet<string> = new Set(['input_invalid', 'identifier_taken', 'identifier_suppressed'])

/** Somebody else took the name between the look and the write (contracts/ona.md 3.3, "race"). */
function asRace(error: DomainFault, username: string | null | undefined): Error {
  const { fault } = error
  if (fault.code !== 'identifier_taken' && fault.code !== 'identifier_suppressed') return error
  return fault.fields.includes('username')
    ? new Refusal(400, [`User account ${username} already exists`])
    : invalidFields({ email: ['This email address is already in use. '] })
}
