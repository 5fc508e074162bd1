import type { Db } from '../db.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** A key that was mailed, and what it proves. */
export interface StoredProof {
  readonly profileId: string
  readonly emailFolded: string
  readonly keyHash: Buffer
  readonly expiresAt: Date
}

/** Stores a key in the place of the profile's last one. */
export async function upsertProof(
  ctx: InApp,
  { profileId, emailFolded, keyHash, expiresAt }: StoredProof,
): Promise<void> {
  await ctx.db.query(
    `insert into email_proofs (app_id, profile_id, email_folded, key_hash, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (app_id, profile_id) do update
       set email_folded = excluded.email_folded, key_hash = excluded.key_hash, expires_at = excluded.expires_at`,
    [ctx.appId, profileId, emailFolded, keyHash, expiresAt],
  )
}

/** The proof that a key is, also one that has ended. */
export async function selectProof(ctx: InApp, keyHash: Buffer): Promise<StoredProof | undefined> {
  const text = `select profile_id as "profileId", email_folded as "emailFolded", key_hash as "keyHash", expires_at as "expiresAt"
    from email_proofs where app_id = $1 and key_hash = $2`
  const [row] = await ctx.db.query<StoredProof>(text, [ctx.appId, keyHash])
  return row
}

export async function deleteProof(ctx: InApp, profileId: string): Promise<void> {
  await ctx.db.query('delete from email_proofs where app_id = $1 and profile_id = $2', [ctx.appId, profileId])
}
