import { gathered, type InApp, readBounds } from '../gather.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import type { TokenKind } from './credentials.types.ts'

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

const byTokenText = `
  select ${profileColumns}, t.expires_at as "tokenExpiresAt", t.token_hash as "tokenHash", t.kind as "tokenKind"
  from profile_tokens t join profiles p on p.app_id = $1 and p.id = t.profile_id
  where t.app_id = $1 and t.token_hash = any($2::bytea[]) and p.deleted_at is null`

interface TokenRow extends ProfileRow {
  readonly tokenExpiresAt: Date | null
  readonly tokenHash: Buffer
  readonly tokenKind: TokenKind
}

interface TokenOwner {
  readonly profile: Profile
  readonly expiresAt: Date | null
}

const selectOwner = gathered<{ readonly kind: TokenKind; readonly hash: Buffer }, TokenOwner | undefined>({
  async together(ctx, tokens) {
    const rows = await ctx.db.query<TokenRow>(byTokenText, [ctx.appId, tokens.map(({ hash }) => hash)])
    const owners = new Map(
      rows.map(({ tokenExpiresAt, tokenHash, tokenKind, ...row }) => [
        `${tokenKind} ${tokenHash.toString('hex')}`,
        { profile: toProfile(row), expiresAt: tokenExpiresAt },
      ]),
    )
    return tokens.map(({ kind, hash }) => owners.get(`${kind} ${hash.toString('hex')}`))
  },
  ...readBounds,
  bytesOf: ({ hash }) => hash.length,
})

/** The live profile of a token, and when the token ends; asked for together with others of the same time. */
export function selectProfileByToken(ctx: InApp, kind: TokenKind, hash: Buffer): Promise<TokenOwner | undefined> {
  return selectOwner(ctx, { kind, hash })
}

/** Removes the tokens of a profile, those of one kind when it is given. */
export async function deleteTokens(ctx: InApp, profileId: string, kind: TokenKind | null): Promise<void> {
  await ctx.db.query(
    'delete from profile_tokens where app_id = $1 and profile_id = $2 and ($3::text is null or kind = $3)',
    [ctx.appId, profileId, kind],
  )
}
