import type { Db } from '../db.ts'

type HasDb = { readonly db: Db }

export interface StoredSandboxOperator {
  readonly operatorId: string
  readonly passwordHash: string
  readonly passwordSealed: Buffer
}

/** Notes which operator the first start made. Callers hold the set-up lock. */
export async function insertSandboxOperator(ctx: HasDb, row: StoredSandboxOperator): Promise<void> {
  await ctx.db.query(
    'insert into auth.sandbox_operator (operator_id, password_hash, password_sealed) values ($1, $2, $3)',
    [row.operatorId, row.passwordHash, row.passwordSealed],
  )
}

export interface FoundSandboxOperator extends StoredSandboxOperator {
  /** Null when the operator is gone. */
  readonly email: string | null
  readonly presentHash: string | null
}

/** The operator that a first start made, and the password hash that they have now. */
export async function selectSandboxOperator(ctx: HasDb): Promise<FoundSandboxOperator | undefined> {
  const [row] = await ctx.db.query<FoundSandboxOperator>(
    `select s.operator_id as "operatorId", s.password_hash as "passwordHash", s.password_sealed as "passwordSealed",
       o.email, a.password_hash as "presentHash"
     from auth.sandbox_operator s left join auth.operators o on o.id = s.operator_id
     left join auth.accounts a on a.operator_id = s.operator_id`,
    [],
  )
  return row
}
