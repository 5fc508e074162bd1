import type { ApiKey, IssuedApiKey } from '../../core/api-keys/api-keys.types.ts'
import { invalid } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import type { App } from '../../core/organizations/organizations.types.ts'
import type { CursorPage } from '../../core/pagination.ts'
import type { ProfileList } from '../../core/profile-lists/profile-lists.types.ts'
import type { ProfileProperty } from '../../core/profile-properties/profile-properties.types.ts'
import type { Profile, ProfileFilter, ProfileKey } from '../../core/profiles/profiles.types.ts'
import type {
  ApiKeyAnswer,
  ApiKeyBody,
  AppAnswer,
  CreatedAppAnswer,
  IssuedApiKeyAnswer,
  ProfileAnswer,
  ProfileListAnswer,
  ProfileListObject,
  ProfileListQuery,
  ProfilePropertyObject,
} from './schemas.ts'

/** The key of a profile's path segment: an id, or a kind of identifier, a colon and its value. */
export function toProfileKey(segment: string): ProfileKey {
  if (isUuid(segment)) return { by: 'id', value: segment }
  const [, by, value] = /^(uid|reference|username|email|phone):(.*)$/su.exec(segment) ?? []
  // What is no key at all names no profile; an id that cannot exist says so to the core.
  return by === undefined || value === undefined ? { by: 'id', value: '' } : { by: by as ProfileKey['by'], value }
}

/** The filters of a list query. */
export function toFilter(query: ProfileListQuery): ProfileFilter {
  const { type, reference, username, email, phone, country } = query
  const all = { type, reference, username, email, phone, country }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Throws `input_invalid` when a search comes with a filter or an order of its own. */
export function requirePlainSearch(query: ProfileListQuery): void {
  const extra = Object.keys({ ...toFilter(query), ...(query.sort === undefined ? {} : { sort: query.sort }) })
  if (extra.length > 0) throw invalid(...extra.map((field) => ({ path: [field], rule: 'unknown' as const })))
}

export function toProfileAnswer(profile: Profile): ProfileAnswer {
  const { revision: _, createdAt, updatedAt, emailVerifiedAt, unsubscribedAt, listIds, ...rest } = profile
  return {
    ...rest,
    listIds: [...listIds],
    unsubscribedAt: instantOrNull(unsubscribedAt),
    emailVerifiedAt: instantOrNull(emailVerifiedAt),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export function toProfileListObject(list: ProfileList): ProfileListObject {
  return { ...list, createdAt: list.createdAt.toISOString(), updatedAt: list.updatedAt.toISOString() }
}

export function toProfilePropertyObject(property: ProfileProperty): ProfilePropertyObject {
  const { createdAt, updatedAt, ...rest } = property
  return { ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

export function toProfileListAnswer(page: CursorPage<Profile>): ProfileListAnswer {
  return { data: page.items.map(toProfileAnswer), nextCursor: page.nextCursor, total: page.total }
}

/** When a key is to expire. Throws `input_invalid` for what is no RFC 3339 instant. */
export function toExpiry(body: ApiKeyBody): Date | null {
  const text = body.expiresAt ?? null
  return text === null ? null : toInstant('expiresAt', text)
}

/** The instant of a field. Throws `input_invalid` for what is no RFC 3339 instant. */
export function toInstant(field: string, text: string): Date {
  const at = new Date(text)
  const form = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
  const day = form.exec(text)?.[1]
  if (day === undefined || Number.isNaN(at.getTime()) || !isDay(day)) throw invalid({ path: [field], rule: 'format' })
  return at
}

/** Whether the calendar has the day: the language makes 2 March of 30 February. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

export function toApiKeyAnswer(apiKey: ApiKey): ApiKeyAnswer {
  const { id, name, key, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = apiKey
  return {
    id,
    name,
    key,
    scopes: [...scopes],
    createdAt: createdAt.toISOString(),
    expiresAt: instantOrNull(expiresAt),
    revokedAt: instantOrNull(revokedAt),
    lastUsedAt: instantOrNull(lastUsedAt),
  }
}

export function toIssuedApiKeyAnswer(apiKey: IssuedApiKey): IssuedApiKeyAnswer {
  return { ...toApiKeyAnswer(apiKey), secret: apiKey.secret }
}

export function toAppAnswer(app: App): AppAnswer {
  return { ...app, hosts: [...app.hosts], createdAt: app.createdAt.toISOString() }
}

export function toCreatedAppAnswer({ app, apiKey }: { app: App; apiKey: IssuedApiKey }): CreatedAppAnswer {
  return { ...toAppAnswer(app), apiKey: toIssuedApiKeyAnswer(apiKey) }
}

function instantOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString()
}
