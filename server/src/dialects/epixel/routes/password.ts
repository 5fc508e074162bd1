import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  changePassword,
  proveCurrentPassword,
  reviewNewPassword,
} from '../../../core/credentials/credentials.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import type { FieldErrors } from '../../../http/refusal.ts'
import { sessionOf } from '../authentication.ts'
import { createFieldReader, readText } from '../fields.ts'
import { inOrder, passwordSentence } from '../issues.ts'
import { invalidFields } from '../refusal.ts'
import { errors, formOf, NothingAnswer, success } from '../schemas.ts'

const fields = ['old_password', 'new_password', 'confirm_password'] as const

const wrongOld = ['Your old password was entered incorrectly. Please enter it again.']

/** `change-password` (contracts/epixel.md 2.2). The person's other sessions end. */
export async function passwordRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/user/profile/change-password/',
    { schema: { summary: 'Change the password', ...formOf(fields), response: { 200: NothingAnswer, ...errors } } },
    async (request) => {
      const { ctx, ip: address } = request
      const { profileId, sessionId } = sessionOf(request)
      const { current, next, errors: wrong } = readPasswords(request.body ?? {})
      if (Object.keys(wrong).length > 0) {
        throw invalidFields(inOrder({ ...wrong, ...(await otherErrors(request, wrong, { current, next })) }, fields))
      }
      await changePassword(ctx, profileId, { current, next, address, sessionId }).catch(async (error) => {
        throw await worded(request, error, next)
      })
      return success({})
    },
  )
}

interface Passwords {
  readonly current: string
  readonly next: string
}

/** What else is wrong, beside the fields that have their errors: all is told at once. */
async function otherErrors(
  request: FastifyRequest,
  wrong: FieldErrors,
  { current, next }: Passwords,
): Promise<FieldErrors> {
  const { profileId } = sessionOf(request)
  const issues = wrong.new_password ? [] : await reviewNewPassword(request.ctx, profileId, next)
  const isWrong = !wrong.old_password && (await isWrongPassword(request, profileId, current))
  return {
    ...(isWrong && { old_password: wrongOld }),
    ...(issues.length > 0 && { new_password: issues.map(passwordSentence) }),
  }
}

async function isWrongPassword(
  { ctx, ip: address }: FastifyRequest,
  profileId: string,
  password: string,
): Promise<boolean> {
  try {
    await proveCurrentPassword(ctx, profileId, { password, address })
    return false
  } catch (error) {
    if (error instanceof DomainFault && error.fault.code === 'password_wrong') return true
    throw error
  }
}

/** Their sentences are those of the vendor's framework. */
function readPasswords(body: Readonly<Record<string, unknown>>): Passwords & { readonly errors: FieldErrors } {
  const { errors: wrong, take } = createFieldReader()
  const [current = '', next = '', again = ''] = fields.map((field) =>
    take(field, readText(body[field], { required: true, keepsSpaces: true })),
  )
  const bothGiven = !wrong.new_password && !wrong.confirm_password
  if (bothGiven && next !== again) take('confirm_password', { errors: ['The two password fields didn’t match.'] })
  return { current, next, errors: wrong }
}

async function worded(request: FastifyRequest, error: unknown, next: string): Promise<unknown> {
  const fault = error instanceof DomainFault ? error.fault : undefined
  if (fault?.code === 'input_invalid') return invalidFields({ new_password: fault.issues.map(passwordSentence) })
  if (fault?.code !== 'password_wrong') return error
  const issues = await reviewNewPassword(request.ctx, sessionOf(request).profileId, next)
  return invalidFields({
    old_password: wrongOld,
    ...(issues.length > 0 && { new_password: issues.map(passwordSentence) }),
  })
}
