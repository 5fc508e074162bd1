import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { checkRegistration, registerPerson } from '../../../core/credentials/credentials.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { findStoredResult } from '../../../core/idempotency.ts'
import { findProfile } from '../../../core/profiles/profiles.service.ts'
import { type FieldErrors, Refusal } from '../../../http/refusal.ts'
import { inOrder, takenIssues, withIssues } from '../issues.ts'
import { invalidFields } from '../refusal.ts'
import { envelope, errors, formOf, NothingAnswer, success } from '../schemas.ts'
import { readSignUp, type SignUp, signUpFields } from '../sign-up-body.ts'

/** `signup` (contracts/epixel.md 2.2). */
export async function signUpRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/user/signup/',
    {
      schema: {
        summary: 'Register',
        security: [{ apiKey: [] }],
        ...formOf(signUpFields),
        response: { 200: NothingAnswer, ...errors },
      },
    },
    async ({ ctx, body }) => {
      if (!ctx.settings.selfService.registration) {
        throw new Refusal(403, envelope(403, { detail: ['You do not have permission to perform this action.'] }))
      }
      // A repeat is not judged by what others have taken since, nor by what it took itself.
      if ((await findStoredResult(ctx)) === undefined) await signUp(ctx, readSignUp(body ?? {}))
      return success({})
    },
  )
}

async function signUp(ctx: Ctx, { registration, sponsor, errors: wrong }: SignUp): Promise<void> {
  const issues = await checkRegistration(ctx, registration)
  const all = { ...withIssues(wrong, issues), ...(sponsor === undefined ? {} : await sponsorErrors(ctx, sponsor)) }
  if (Object.keys(all).length > 0) throw refused(all)
  await registerPerson(ctx, registration).catch((error) => {
    throw asRace(error)
  })
}

async function sponsorErrors(ctx: Ctx, sponsor: string): Promise<FieldErrors> {
  if ((await findProfile(ctx, [{ by: 'username', value: sponsor }])) !== undefined) return {}
  return { sponsor: ['The selected sponsor is not found or is in the inactive state.'] }
}

/** Somebody else took an identifier between the look and the write. */
function asRace(error: unknown): unknown {
  const fault = error instanceof DomainFault ? error.fault : undefined
  if (fault?.code !== 'identifier_taken' && fault?.code !== 'identifier_suppressed') return error
  return refused(withIssues({}, takenIssues(fault.fields)))
}

const refused = (wrong: FieldErrors) => invalidFields(inOrder(wrong, signUpFields))
