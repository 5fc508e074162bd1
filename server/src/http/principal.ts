import type { FastifyRequest } from 'fastify'
import {
  authenticate,
  authenticateByToken,
  identifyByKey,
  type TokenCredentials,
} from '../core/api-keys/api-keys.service.ts'
import type { Principal, TokenClaims } from '../core/api-keys/api-keys.types.ts'
import { type Actor, anonymous, type Ctx, type SystemCtx } from '../core/context.ts'
import { DomainFault } from '../core/errors.ts'
import { authorizeOperator } from '../core/operators/operators.service.ts'
import type { Operator } from '../core/operators/operators.types.ts'
import type { AppIdentity } from '../core/organizations/organizations.types.ts'
import type { Services } from './dialect.ts'
import { hostOf } from './request-host.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the dialect's authentication hook; there in every handler behind it. */
    ctx: Ctx
  }
}

/**
 * The context of a request that presents an API secret. Throws `credentials_missing` or `credentials_invalid`.
 */
export async function contextOf(services: Services, request: FastifyRequest, secret: string | undefined): Promise<Ctx> {
  const now = new Date()
  return ofKey(services, request, await authenticate(services.directory, secret, now), now)
}

/**
 * The context of a request that presents a public key and a token signed with its secret, and the token's claims, which
 * are the dialect's to judge. Throws `credentials_missing` or `credentials_invalid`.
 */
export async function contextByToken(
  services: Services,
  request: FastifyRequest,
  credentials: TokenCredentials,
): Promise<{ ctx: Ctx; claims: TokenClaims }> {
  const now = new Date()
  const { principal, claims } = await authenticateByToken(services.directory, credentials, now)
  return { ctx: ofKey(services, request, principal, now), claims }
}

/**
 * The context of a visitor who presents the public half of a key: it names the app and what its people may do at most, and proves
 * nothing. Throws `credentials_missing` or `credentials_invalid`.
 */
export async function contextOfVisitor(
  services: Services,
  request: FastifyRequest,
  key: string | undefined,
): Promise<Ctx> {
  const now = new Date()
  const principal = await identifyByKey(services.directory, key, now)
  const scopes = (['profiles:read', 'profiles:write'] as const).filter((scope) => principal.scopes.has(scope))
  return toCtx(services, request, principal, { actor: anonymous, scopes: new Set(scopes), now })
}

/** The app that the request's host leads to; undefined also when what it says is no host. `sent`: for whoever has read it already. */
export async function findAppOfHost(
  services: Services,
  request: FastifyRequest,
  sent = hostOf(request),
): Promise<AppIdentity | undefined> {
  return sent && services.hosts.find(sent.host)
}

/** The context of a request whose app was found by its host, for whoever is found to act. */
export function contextOfApp(
  services: Services,
  request: FastifyRequest,
  app: AppIdentity,
  actor: Actor,
  scopes: Ctx['scopes'],
): Ctx {
  return toCtx(services, request, app, { actor, scopes, now: new Date() })
}

/**
 * The context of an operator who is signed in, in an app of one of their organizations: what they may do is what their role there
 * says at this moment. Throws `app_header_missing`, `app_not_found`.
 */
export async function contextOfOperator(services: Services, request: FastifyRequest, operator: Operator): Promise<Ctx> {
  const appId = request.headers['facet-app']
  if (typeof appId !== 'string' || appId === '') throw new DomainFault({ code: 'app_header_missing' })
  const { app, scopes } = await authorizeOperator(services, operator.id, appId)
  return contextOfApp(services, request, app, { kind: 'operator', id: operator.id }, scopes)
}

/** The context of work that is for no app. */
export function systemContextOf(
  { db, keys, log, publicUrl }: Services,
  request: FastifyRequest,
  actor: Actor,
): SystemCtx {
  return { db, keys, log, publicUrl, now: new Date(), actor, requestId: request.id }
}

function ofKey(services: Services, request: FastifyRequest, principal: Principal, now: Date): Ctx {
  const actor: Actor = { kind: 'api_key', id: principal.apiKeyId }
  return toCtx(services, request, principal, { actor, scopes: principal.scopes, now })
}

function toCtx(
  services: Services,
  request: FastifyRequest,
  { appId, appMode, settings, organizationId, organizationNumber }: AppIdentity,
  who: Pick<Ctx, 'actor' | 'scopes' | 'now'>,
): Ctx {
  return {
    ...who,
    db: services.db,
    keys: services.keys,
    log: services.log,
    publicUrl: services.publicUrl,
    appId,
    appMode,
    settings,
    organizationId,
    organizationNumber,
    requestId: request.id,
    outbound: services.outbound,
    jobs: services.jobs,
    sendsMail: services.sendsMail,
    passwords: services.passwords,
    files: services.files,
    pictures: services.pictures,
    walletNews: services.walletNews,
    committed: () => services.events.raise(appId),
  }
}

/** The credentials of `Authorization: Bearer …` (RFC 6750 section 2.1), if there are any. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}
