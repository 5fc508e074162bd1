import type { FastifyRequest } from 'fastify'
import type { Ctx } from '../../core/context.ts'
import type { TokenKind } from '../../core/credentials/credentials.types.ts'
import { login } from '../../core/credentials/logins.service.ts'
import { authenticatePerson } from '../../core/credentials/profile-tokens.service.ts'
import { DomainFault } from '../../core/errors.ts'
import { findProfile } from '../../core/profiles/profiles.service.ts'
import type { Profile } from '../../core/profiles/profiles.types.ts'
import type { Services } from '../../http/dialect.ts'
import { contextOfApp, findAppOfHost } from '../../http/principal.ts'
import { originOf } from '../../http/public-origin.ts'
import { hostOf } from '../../http/request-host.ts'
import { wrongLogin } from './errors.ts'
import { isPerson, type Viewer } from './mappers.ts'
import { detail } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose credentials came with the request; undefined for a visitor without any. */
    person: Viewer | undefined
    /** The beginning of the links in its answer, as `https://profiles.example.com`. */
    origin: string
  }
  interface FastifyContextConfig {
    /** The answer holds the tokens of whoever asks. */
    readonly givesTokens?: boolean
  }
}

/** What whoever comes may do at most: which profile is theirs, each command asks. */
const scopes: Ctx['scopes'] = new Set(['profiles:read', 'profiles:write'])

/**
 * Finds the app by the request's host, and the person by the credentials that it presents (contracts/ona.md 3.6). Throws a 404
 * where the app lets nobody in by themselves, a 401 for credentials that do not hold: a visitor who meant to be somebody is
 * not treated as nobody.
 */
export async function identify(services: Services, request: FastifyRequest): Promise<void> {
  const sent = hostOf(request)
  const app = await findAppOfHost(services, request, sent)
  if (app === undefined || !app.settings.selfService.enabled) throw notServed()
  const visitor = contextOfApp(services, request, app, { kind: 'anonymous', id: 'anonymous' }, scopes)
  const person = await personOf(services, request, visitor)
  request.person = person
  request.ctx = person === undefined ? visitor : { ...visitor, actor: { kind: 'profile', id: person.id } }
  request.origin = await originOf(services, request, app.appId, sent)
}

/** Where no app answers, or one that lets nobody in by themselves. */
export const notServed = () => detail(404, 'Not found.')

/** The person who is signed in. Throws `credentials_missing`. */
export function requirePerson(request: FastifyRequest): Viewer {
  if (request.person === undefined) throw new DomainFault({ code: 'credentials_missing' })
  return request.person
}

/** The profile of the person who is signed in. Throws `credentials_missing`, and `token_invalid` when it went meanwhile. */
export async function readPerson(request: FastifyRequest): Promise<Profile> {
  const { id } = requirePerson(request)
  return visible(await findProfile(request.ctx, [{ by: 'id', value: id }]), tokenInvalid)
}

/** Lets a visitor without credentials read, unless the app asks them to sign in (contracts/README, decision 16). */
export function requireReader(request: FastifyRequest): void {
  if (request.ctx.settings.selfService.strict) requirePerson(request)
}

async function personOf(services: Services, request: FastifyRequest, ctx: Ctx): Promise<Viewer | undefined> {
  const { find, ask } = services.tokens
  const directory = { find: trustsMemory(request) ? find : ask }
  const ofToken = async (kind: TokenKind, text: string): Promise<Viewer> => {
    const { profileId, hasUsername } = await authenticatePerson(ctx, directory, kind, tokenOf(text))
    if (!hasUsername) throw tokenInvalid()
    return { id: profileId }
  }
  const [, scheme = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(request.headers.authorization ?? '') ?? []
  switch (scheme.toLowerCase()) {
    case 'basic':
      return visible(await login(ctx, { ...basicOf(rest), address: request.ip }), () => detail(401, wrongLogin))
    case 'token':
      return ofToken('permanent', rest)
    case 'temptoken':
      return ofToken('temporary', rest)
    default:
      return undefined
  }
}

/** A token that has ended elsewhere a moment ago may still read: it changes nothing, and is not changed for the new one. */
function trustsMemory({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'GET' && routeOptions.config.givesTokens !== true
}

/** Who has no username is not to be seen here, and so cannot sign in either. */
function visible(profile: Profile | undefined, refusal: () => Error): Profile {
  if (isPerson(profile)) return profile
  throw refusal()
}

const tokenInvalid = () => new DomainFault({ code: 'token_invalid' })

/** RFC 7617: the name ends at the first colon. */
function basicOf(text: string): { name: string; password: string } {
  const credentials = text.trim()
  if (credentials === '') throw detail(401, 'Invalid basic header. No credentials provided.')
  if (/\s/.test(credentials)) {
    throw detail(401, 'Invalid basic header. Credentials string should not contain spaces.')
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(credentials)) {
    throw detail(401, 'Invalid basic header. Credentials not correctly base64 encoded.')
  }
  const decoded = Buffer.from(credentials, 'base64').toString()
  const colon = decoded.indexOf(':')
  if (colon === -1) throw detail(401, 'Invalid basic header. Credentials not correctly base64 encoded.')
  return { name: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

function tokenOf(text: string): string {
  const token = text.trim()
  if (token === '') throw detail(401, 'Invalid token header. No credentials provided.')
  if (/\s/.test(token)) throw detail(401, 'Invalid token header. Token string should not contain spaces.')
  return token
}
