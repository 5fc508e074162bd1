import { gathered, type InApp, readBounds } from '../gather.ts'
import type { TokenKind } from './credentials.types.ts'

/** The channel on which every process hears that tokens ended, or have another person; the payload is the profile's id. */
export const tokensChannel = 'facet_tokens'

/** A token as it stands in its row. */
export interface StoredToken {
  readonly kind: TokenKind
  readonly sealed: Buffer
  readonly expiresAt: Date | null
}

/** The same with the hash that it is found by. */
export interface StorableToken extends StoredToken {
  readonly hash: Buffer
}

export function selectTokens(ctx: InApp, profileId: string): Promise<StoredToken[]> {
  return ctx.db.query<StoredToken>(
    `select kind, token_sealed as sealed, expires_at as "expiresAt"
     from profile_tokens where app_id = $1 and profile_id = $2`,
    [ctx.appId, profileId],
  )
}

const upsertText = `insert into profile_tokens (app_id, profile_id, kind, token_hash, token_sealed, expires_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (app_id, profile_id, kind) do update
    set token_hash = excluded.token_hash, token_sealed = excluded.token_sealed, expires_at = excluded.expires_at`

const valuesOf = (ctx: InApp, profileId: string, { kind, hash, sealed, expiresAt }: StorableToken) => [
  ctx.appId,
  profileId,
  kind,
  hash,
  sealed,
  expiresAt,
]

/** Stores a token of a kind that the profile has none of, or only one that has ended; else leaves what is there. */
export async function insertMissingToken(
  ctx: InApp,
  profileId: string,
  token: StorableToken,
  now: Date,
): Promise<void> {
  const text = `${upsertText} where profile_tokens.expires_at <= $7`
  await ctx.db.query(text, [...valuesOf(ctx, profileId, token), now])
}

/** Stores a token in the place of the one of its kind. */
export async function replaceToken(ctx: InApp, profileId: string, token: StorableToken): Promise<void> {
  await ctx.db.query(upsertText, valuesOf(ctx, profileId, token))
}

/** Whose a token is, and until when. */
export interface TokenOwner {
  readonly profileId: string
  readonly hasUsername: boolean
  readonly expiresAt: Date | null
}

interface OwnerRow extends TokenOwner {
  readonly kind: TokenKind
  readonly hash: Buffer
}

const ownersText = `
  select t.kind, t.token_hash as hash, t.profile_id as "profileId", p.username is not null as "hasUsername", t.expires_at as "expiresAt"
  from profile_tokens t join profiles p on p.app_id = $1 and p.id = t.profile_id
  where t.app_id = $1 and t.token_hash = any($2::bytea[]) and p.deleted_at is null`

/** Whose token it is, of live profiles; asked for together with others of the same time. */
export const selectTokenOwner = gathered<{ readonly kind: TokenKind; readonly hash: Buffer }, TokenOwner | undefined>({
  async together(ctx, tokens) {
    const rows = await ctx.db.query<OwnerRow>(ownersText, [ctx.appId, tokens.map(({ hash }) => hash)])
    return tokens.map(({ kind, hash }) => rows.find((row) => row.kind === kind && row.hash.equals(hash)))
  },
  ...readBounds,
  bytesOf: ({ hash }) => hash.length,
})

/** Removes the tokens of a profile, those of one kind when it is given; gives how many there were. */
export async function deleteTokens(ctx: InApp, profileId: string, kind: TokenKind | null): Promise<number> {
  const rows = await ctx.db.query(
    `delete from profile_tokens where app_id = $1 and profile_id = $2 and ($3::text is null or kind = $3)
     returning kind`,
    [ctx.appId, profileId, kind],
  )
  return rows.length
}

/** Tells every process that whoever has a token of a profile may be somebody else from now on, or nobody. For a transaction. */
export function tellOfTokens(ctx: InApp, profileId: string): Promise<void> {
  return ctx.db.notify(tokensChannel, profileId)
}
