import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { proveEmail, sendEmailProof } from '../../../core/email-proofs/email-proofs.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import type { Services } from '../../../http/dialect.ts'
import { mailOrigin } from '../../../http/public-origin.ts'
import { Refusal } from '../../../http/refusal.ts'
import { readPerson } from '../authentication.ts'
import { forbidden } from '../refusal.ts'
import { ErrorAnswer } from '../schemas.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }

const VerifyQuery = Type.Object({ verification_key: Type.Optional(Type.String()) })
const VerifyAnswer = Type.Object({ verified_email: Type.Boolean(), username: Type.String() })
type VerifyAnswer = Static<typeof VerifyAnswer>
const SendBody = Type.Unsafe<Record<string, unknown> | null>({ type: ['object', 'null'], properties: { username: {} } })

/** `verify_email` and `send_verification_email` (contracts/ona.md 3.1); their words are those of the present server. */
export async function verificationRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    '/api/v1/profiles/send_verification_email',
    { schema: { summary: 'Mail a verification link', body: SendBody, response: { 200: Type.String(), ...errors } } },
    async (request, reply) => {
      const person = await readPerson(request)
      const { username = person.username } = request.body ?? {}
      if (String(username).toLowerCase() !== person.username?.toLowerCase()) throw forbidden()
      if (person.email === null) throw new Refusal(400, ['Verification email has NOT been sent'])
      await sendEmailProof(request.ctx, person.id, (key) => toMail(linkOf(services, request, key)))
      // A text is JSON too; the framework would send it bare.
      return reply.type('application/json; charset=utf-8').send(JSON.stringify('Verification email has been sent'))
    },
  )

  app.get(
    '/api/v1/profiles/verify_email',
    { schema: { summary: 'Verify an e-mail', querystring: VerifyQuery, response: { 200: VerifyAnswer, ...errors } } },
    async ({ ctx, query }): Promise<VerifyAnswer> => {
      const changeAttributes = (before: object) => ({ ...before, is_email_verified: true })
      const { username } = await proveEmail(ctx, query.verification_key ?? '', { changeAttributes }).catch((error) => {
        const unknown = error instanceof DomainFault && error.fault.code === 'email_proof_invalid'
        throw unknown ? new Refusal(400, ['Missing or invalid verification key']) : error
      })
      return { verified_email: true, username: username ?? '' }
    },
  )
}

function linkOf(services: Services, request: FastifyRequest, key: string): string {
  return `${mailOrigin(services, request)}/api/v1/profiles/verify_email?verification_key=${key}`
}

function toMail(link: string): { subject: string; text: string } {
  return {
    subject: 'Verify your e-mail address',
    text: `Open this link to verify your e-mail address:\n\n${link}\n\nIt holds for a day. If you did not ask for it, do nothing.\n`,
  }
}
