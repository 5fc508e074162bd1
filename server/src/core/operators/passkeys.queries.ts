import type { Db } from '../db.ts'
import type { PasskeyCredential } from '../ports.ts'
import { operatorColumns } from './operators.queries.ts'
import type { Operator, Passkey } from './operators.types.ts'

type HasDb = { readonly db: Db }

const passkeyColumns = 'id, name, created_at as "createdAt", last_used_at as "lastUsedAt"'

/** Keeps a challenge until it is answered; those that ended go. */
export async function insertChallenge(
  ctx: HasDb,
  challenge: { readonly hash: Buffer; readonly operatorId: string | null; readonly expiresAt: Date },
  now: Date,
): Promise<void> {
  await ctx.db.query('delete from auth.passkey_challenges where expires_at <= $1', [now])
  await ctx.db.query(
    'insert into auth.passkey_challenges (challenge_hash, operator_id, expires_at) values ($1, $2, $3)',
    [challenge.hash, challenge.operatorId, challenge.expiresAt],
  )
}

/** Takes a challenge away, once; false when it is unknown, has ended, or was for another. */
export async function takeChallenge(ctx: HasDb, hash: Buffer, operatorId: string | null, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    `delete from auth.passkey_challenges where challenge_hash = $1 and operator_id is not distinct from $2 and expires_at > $3
     returning operator_id`,
    [hash, operatorId, now],
  )
  return rows.length === 1
}

export function selectPasskeys(ctx: HasDb, operatorId: string): Promise<Passkey[]> {
  return ctx.db.query<Passkey>(`select ${passkeyColumns} from auth.passkeys where operator_id = $1 order by id`, [
    operatorId,
  ])
}

export async function selectCredentialIds(ctx: HasDb, operatorId: string): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    'select credential_id as id from auth.passkeys where operator_id = $1',
    [operatorId],
  )
  return rows.map(({ id }) => id)
}

/** Keeps a passkey; false when there is one of that name from the authenticator already. */
export async function insertPasskey(
  ctx: HasDb,
  operatorId: string,
  { id, name, createdAt }: Passkey,
  credential: PasskeyCredential,
): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into auth.passkeys (id, operator_id, credential_id, public_key, counter, transports, name, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (credential_id) do nothing returning id`,
    [
      id,
      operatorId,
      credential.credentialId,
      credential.publicKey,
      credential.counter,
      [...credential.transports],
      name,
      createdAt,
    ],
  )
  return rows.length === 1
}

interface CredentialRow extends Operator {
  readonly passkeyId: string
  readonly publicKey: Buffer
  readonly counter: string
  readonly transports: string[]
}

/** A passkey by its authenticator's name for it, and whose it is. */
export async function selectCredential(
  ctx: HasDb,
  credentialId: string,
): Promise<{ id: string; operator: Operator; credential: PasskeyCredential } | undefined> {
  const [row] = await ctx.db.query<CredentialRow>(
    `select p.id as "passkeyId", p.public_key as "publicKey", p.counter, p.transports, ${operatorColumns}
     from auth.passkeys p join auth.operators o on o.id = p.operator_id where p.credential_id = $1`,
    [credentialId],
  )
  if (row === undefined) return undefined
  const { passkeyId: id, publicKey, counter, transports, ...operator } = row
  return { id, operator, credential: { credentialId, publicKey, counter: Number(counter), transports } }
}

/** Notes a use, unless another one moved the counter meanwhile. */
export async function noteUse(
  ctx: HasDb,
  id: string,
  counters: { readonly before: number; readonly after: number },
  now: Date,
): Promise<boolean> {
  const rows = await ctx.db.query(
    'update auth.passkeys set counter = $3, last_used_at = $4 where id = $1 and counter = $2 returning id',
    [id, counters.before, counters.after, now],
  )
  return rows.length === 1
}

export async function renamePasskeyRow(
  ctx: HasDb,
  operatorId: string,
  id: string,
  name: string,
): Promise<Passkey | undefined> {
  const [row] = await ctx.db.query<Passkey>(
    `update auth.passkeys set name = $3 where operator_id = $1 and id = $2 returning ${passkeyColumns}`,
    [operatorId, id, name],
  )
  return row
}

export async function deletePasskeyRow(ctx: HasDb, operatorId: string, id: string): Promise<boolean> {
  const rows = await ctx.db.query('delete from auth.passkeys where operator_id = $1 and id = $2 returning id', [
    operatorId,
    id,
  ])
  return rows.length === 1
}
