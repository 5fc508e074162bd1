import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../../core/context.ts'
import { verifyPassword } from '../../../core/credentials/logins.service.ts'
import { DomainFault } from '../../../core/errors.ts'
import { findStoredResult } from '../../../core/idempotency.ts'
import { deleteProfile } from '../../../core/profile-lifecycle/profile-lifecycle.service.ts'
import {
  asAnswered,
  findProfile,
  findProfilesByUsernames,
  updateProfile,
} from '../../../core/profiles/profiles.service.ts'
import type { Attributes, Profile, ProfileKey } from '../../../core/profiles/profiles.types.ts'
import { Refusal } from '../../../http/refusal.ts'
import { readPerson, requirePerson, requireReader } from '../authentication.ts'
import { sendPeople } from '../caching.ts'
import { lockedOut } from '../errors.ts'
import { isPerson, toPersonAnswer, viewOf } from '../mappers.ts'
import { mergeMetadata } from '../metadata.ts'
import { type PersonBody as ReadBody, readPersonBody, withIssues } from '../person-body.ts'
import { detail, forbidden, invalidFields, notFound } from '../refusal.ts'
import { ErrorAnswer, ListQuery, PeopleAnswer, PersonBody, PersonObject, PersonParams } from '../schemas.ts'
import { registrationRoute } from './registration.ts'

const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }
const maxNames = 1_000

/** `/api/v1/profiles` (seed 003; contracts/ona.md 3.1 to 3.4). */
export async function profileRoutes(scope: FastifyInstance): Promise<void> {
  registrationRoute(scope)
  readRoutes(scope)
  changeRoutes(scope)
}

function readRoutes(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/api/v1/profiles',
    { schema: { summary: 'List people', querystring: ListQuery, response: { 200: PeopleAnswer, ...errors } } },
    async (request, reply) => {
      requireReader(request)
      const { ctx, query } = request
      // "Anonymous users will get an empty result" (seed 003), and so will they when they name others.
      if (request.person === undefined) return sendPeople(request, reply, [])
      const names = [query.users ?? []]
        .flat()
        .join(',')
        .split(',')
        .filter((name) => name.trim() !== '')
      if (names.length === 0) return sendPeople(request, reply, [await readPerson(request)])
      if (names.length > maxNames) throw detail(400, `At most ${maxNames} users may be named.`)
      return sendPeople(
        request,
        reply,
        await findProfilesByUsernames(
          ctx,
          names.map((name) => name.trim()),
        ),
      )
    },
  )

  app.get(
    '/api/v1/profiles/:user',
    {
      schema: { summary: 'Get a person', params: PersonParams, response: { 200: PersonObject, ...errors } },
    },
    async (request, reply) => {
      requireReader(request)
      return sendPeople(request, reply, await getPerson(request.ctx, request.params.user))
    },
  )
}

function changeRoutes(scope: FastifyInstance): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/v1/profiles/:user',
      schema: {
        summary: method === 'PATCH' ? 'Change a person' : 'Replace a person',
        params: PersonParams,
        body: PersonBody,
        response: { 200: PersonObject, ...errors },
      },
      handler: async (request) => {
        const after = await orRepeated(request.ctx, async () => {
          const profile = await changeablePerson(request, request.params.user)
          const read = readPersonBody(request.body, { partial: method === 'PATCH' })
          return read.merges ? mergePerson(request.ctx, profile, read) : changePerson(request, profile, read)
        })
        const answered = asAnswered(request.ctx, after)
        return toPersonAnswer(answered, viewOf(answered, request.person), request.origin)
      },
    })
  }

  app.delete(
    '/api/v1/profiles/:user',
    { schema: { summary: 'Delete a person', params: PersonParams, response: { 204: ErrorAnswer, ...errors } } },
    async (request, reply) => {
      await orRepeated(request.ctx, async () => {
        const { id } = await changeablePerson(request, request.params.user)
        await deleteProfile(request.ctx, { by: 'id', value: id })
      })
      return reply.code(204).send()
    },
  )
}

/** What is done; for a repeat under its Idempotency-Key the first result, though the path may lead to nobody since. */
async function orRepeated<T>(ctx: Ctx, work: () => Promise<T>): Promise<T> {
  const stored = await findStoredResult<T>(ctx)
  return stored === undefined ? work() : stored.result
}

/** Metadata alone, whatever else was sent (contracts/ona.md 3.4). */
async function mergePerson(ctx: Ctx, { id }: Profile, { input, errors: wrong }: ReadBody): Promise<Profile> {
  const { metadata } = wrong
  if (metadata !== undefined) throw invalidFields({ metadata })
  const changeAttributes = (before: Attributes) => mergeMetadata(before, input.attributes ?? {})
  return worded(updateProfile(ctx, { by: 'id', value: id }, {}, { changeAttributes }), input)
}

async function changePerson(request: FastifyRequest, profile: Profile, read: ReadBody): Promise<Profile> {
  const { input, password } = read
  if (Object.keys(read.errors).length > 0) throw invalidFields(read.errors)
  await confirm(request, profile, read)
  const { attributes, ...fields } = input
  const changeAttributes = (before: Attributes): Attributes => ({
    ...(attributes ?? before),
    ...(input.email !== undefined && password !== undefined && { is_email_verified: false }),
  })
  return worded(updateProfile(request.ctx, { by: 'id', value: profile.id }, fields, { changeAttributes }), input)
}

/** A new e-mail needs the person's password; one that comes without need is looked at all the same, and never set. */
async function confirm(request: FastifyRequest, profile: Profile, { input, password }: ReadBody): Promise<void> {
  if (password === undefined) {
    if (input.email === undefined) return
    throw new Refusal(400, ['Your password is required when updating your email address.'])
  }
  await verifyPassword(request.ctx, profile.id, { password, address: request.ip }).catch((error) => {
    const fault = error instanceof DomainFault ? error.fault : undefined
    if (fault?.code === 'password_wrong') throw new Refusal(400, ['Invalid password'])
    throw fault?.code === 'password_locked' ? new Refusal(400, [lockedOut(fault.retryAfterMs)]) : error
  })
}

/** Tells in the dialect's words which fields the core refused. */
async function worded(change: Promise<Profile>, input: ReadBody['input']): Promise<Profile> {
  try {
    return await change
  } catch (error) {
    const fault = error instanceof DomainFault ? error.fault : undefined
    if (fault?.code === 'input_invalid') throw invalidFields(withIssues({}, fault.issues, input))
    if (fault?.code === 'identifier_taken' || fault?.code === 'identifier_suppressed') {
      const issues = fault.fields.map((field) => ({ path: [field], rule: 'taken' as const }))
      throw invalidFields(withIssues({}, issues, input))
    }
    throw error
  }
}

/** Whether a path names a person by number; else it does by name, in any case. */
const isNumber = (user: string) => /^\d+$/.test(user)

/** The person of a path. Throws a 404. */
export async function getPerson(ctx: Ctx, user: string): Promise<Profile> {
  const key: ProfileKey = { by: isNumber(user) ? 'number' : 'username', value: user }
  const profile = await findProfile(ctx, [key])
  if (!isPerson(profile)) throw notFound()
  return profile
}

/** The person of a path, for their own hands or those of who made them. Throws 401, 404, 403. */
async function changeablePerson(request: FastifyRequest, user: string): Promise<Profile> {
  requirePerson(request)
  const profile = await getPerson(request.ctx, user)
  const view = viewOf(profile, request.person)
  if (view !== 'owner' && view !== 'creator') throw forbidden()
  return profile
}
