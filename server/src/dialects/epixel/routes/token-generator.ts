import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { sendEmailCode } from '../../../core/email-proofs/email-codes.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { sessionOf } from '../authentication.ts'
import { createFieldReader, readText, requiredField } from '../fields.ts'
import { withIssues } from '../issues.ts'
import { emailCodeMail } from '../mails.ts'
import { invalidFields } from '../refusal.ts'
import { ChecksumAnswer, errors, formOf, success } from '../schemas.ts'

/** `token-generator`: the code by mail, its checksum in the answer (contracts/epixel.md 2.3). */
export async function tokenGeneratorRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/user/token-generator/',
    {
      schema: {
        summary: 'Mail a code to change the e-mail with',
        description: 'To the new address in `email`, which is proved by it; without one to the present address.',
        ...formOf(['email']),
        response: { 200: ChecksumAnswer, ...errors },
      },
    },
    async (request) => {
      const email = readEmail(request.body ?? {})
      const { profileId } = sessionOf(request)
      const checksum = await sendEmailCode(request.ctx, profileId, email, emailCodeMail).catch((error) => {
        throw worded(error)
      })
      return success({ token_checksum: checksum })
    },
  )
}

function readEmail({ email }: Readonly<Record<string, unknown>>): string | undefined {
  const { errors: wrong, take } = createFieldReader()
  const read = take('email', readText(email))
  if (Object.keys(wrong).length > 0) throw invalidFields(wrong)
  return read
}

function worded(error: unknown): unknown {
  const fault = error instanceof DomainFault ? error.fault : undefined
  if (fault?.code !== 'input_invalid') return error
  const isMissing = fault.issues.some(({ rule }) => rule === 'required')
  return invalidFields(isMissing ? { email: [requiredField] } : withIssues({}, fault.issues))
}
