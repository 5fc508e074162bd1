import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { tryEmailCode } from '../../../core/email-proofs/email-codes.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { findStoredResult } from '../../../core/idempotency.ts'
import { findUnusableAfter, getProfile, reviewInput } from '../../../core/profiles/profiles.service.ts'
import type { Profile } from '../../../core/profiles/profiles.types.ts'
import { updateOwnProfile } from '../../../core/self-service/self-service.service.ts'
import type { FieldErrors } from '../../../http/refusal.ts'
import { sessionOf } from '../authentication.ts'
import { inOrder, takenIssues, withIssues } from '../issues.ts'
import { emailChangedNotice } from '../mails.ts'
import { toProfileData } from '../mappers.ts'
import { type ProfileBody, profileFields, readProfileBody } from '../profile-body.ts'
import { invalidFields } from '../refusal.ts'
import { errors, formOf, NothingAnswer, ProfileAnswer, success } from '../schemas.ts'

const wrongToken = ['Token is not matching.']

/** A person's own profile (seed 002, "Get Profile Details" and "Update Profile Details"). */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/user/get/profile/',
    { schema: { summary: 'Get the own profile', response: { 200: ProfileAnswer, ...errors } } },
    (request) => ownProfile(request.ctx, sessionOf(request).profileId),
  )

  app.post(
    '/user/update/profile/',
    {
      schema: {
        summary: 'Change the own profile',
        ...formOf(profileFields),
        response: { 200: NothingAnswer, ...errors },
      },
    },
    async (request) => {
      const { profileId } = sessionOf(request)
      // A repeat is not judged by what the profile has become since.
      const stored = await findStoredResult<Profile | undefined>(request.ctx)
      if (stored === undefined) await changeProfile(request.ctx, profileId, request.body ?? {})
      else if (stored.result === undefined) throw refused({ token_field: wrongToken })
      return success({})
    },
  )
}

/** A profile for its own person. Throws `profile_not_found`. */
export async function ownProfile(ctx: Ctx, profileId: string): Promise<ProfileAnswer> {
  return success(toProfileData(await getProfile(ctx, { by: 'id', value: profileId })))
}

async function changeProfile(ctx: Ctx, profileId: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const before = await getProfile(ctx, { by: 'id', value: profileId })
  const read = readProfileBody(body, before)
  const wrong = await withUnusable(ctx, before, read)
  if (Object.keys(wrong).length === 0) return change(ctx, profileId, read)
  throw refused({ ...wrong, ...(await tokenErrors(ctx, profileId, read)) })
}

/**
 * With the identifiers that are another's, where something else may be refused: a change that is right otherwise finds them as it is made.
 * Whether a new e-mail is taken is told to those alone who read its mail.
 */
async function withUnusable(
  ctx: Ctx,
  before: Profile,
  { input, newEmail, errors: wrong }: ProfileBody,
): Promise<FieldErrors> {
  if (newEmail === undefined && Object.keys(wrong).length === 0) return wrong
  const { email: _, ...rest } = input
  const { sound } = reviewInput(rest)
  return withIssues(wrong, await findUnusableAfter(ctx, before, sound))
}

/** What is wrong with the token, looked at here only beside other mistakes: a change without any judges it as it is made. */
async function tokenErrors(
  ctx: Ctx,
  profileId: string,
  { newEmail, code, checksum }: ProfileBody,
): Promise<FieldErrors> {
  if (!newEmail || !code || !checksum) return {}
  const verdict = await tryEmailCode(ctx, profileId, newEmail, { code, checksum })
  return verdict === 'wrong' ? { token_field: wrongToken } : {}
}

async function change(ctx: Ctx, profileId: string, { input, newEmail, code, checksum }: ProfileBody): Promise<void> {
  const emailCode = code && checksum ? { code, checksum } : undefined
  const composeNotice = () => emailChangedNotice(newEmail ?? '')
  await updateOwnProfile(ctx, profileId, { input, emailCode, composeNotice }).catch((error) => {
    throw worded(error)
  })
}

/** Tells in the dialect's words which fields the core refused. */
function worded(error: unknown): unknown {
  const fault = error instanceof DomainFault ? error.fault : undefined
  switch (fault?.code) {
    case 'email_code_invalid':
      return refused({ token_field: wrongToken })
    case 'input_invalid':
      return refused(withIssues({}, fault.issues))
    case 'identifier_taken':
    case 'identifier_suppressed':
      return refused(withIssues({}, takenIssues(fault.fields)))
    default:
      return error
  }
}

const refused = (errors: FieldErrors) => invalidFields(inOrder(errors, profileFields))
