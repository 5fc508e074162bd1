import { randomUUID } from 'node:crypto'
import { createAdapterFactory } from 'better-auth/adapters'
import { APIError } from 'better-auth/api'
import type { Db } from '../../core/db.ts'
import { newId } from '../../core/ids.ts'
import { hashSessionToken } from '../../core/operators/session-tokens.rules.ts'
import {
  deleteFrom,
  insertInto,
  insertSessionProvenBy,
  type Part,
  type Row,
  type Statement,
  selectFrom,
  tableOf,
  updateOf,
} from './sign-in-statements.ts'
import { isUsedCode, useCode } from './used-codes.ts'

/** What is known of who asks, while a call of the sign-in is answered. */
export interface Proof {
  /** The password hash that the call was proved by just now, or the sign-in of which it is the second step. */
  passwordHash?: string
  /** The code of an authenticator that the call brings. */
  readonly code?: string | undefined
}

/**
 * Lets the sign-in keep its rows in our tables, on our connections. The token of a session goes in and comes out as it is, and stands
 * in its row as a hash. No two statements share a transaction: each of them is complete by itself. A session begins only while the
 * password hash of the proof is still the operator's, and by a code that let them in never before.
 */
export function signInAdapter(db: Db, proof: () => Proof) {
  const run = ({ text, values }: Statement) => db.query<Row>(text, values)

  async function findOne(model: string, where: readonly Part[]): Promise<Row | undefined> {
    const [row] = await run(selectFrom(tableOf(model), stored(where), { limit: 1 }))
    const { code } = proof()
    // Asked before the code is judged as well: so the sign-in goes on waiting, for the next one.
    if (row !== undefined && model === 'twoFactors' && code !== undefined) {
      if (await isUsedCode(db, String(row.operatorId), code)) throw codeRefused()
    }
    // The account of somebody who is not there is looked for too: else the time of an answer would tell.
    if (row === undefined && where.some(({ field }) => field === 'email')) {
      await run(selectFrom('accounts', [{ field: 'operatorId', value: randomUUID() }], { limit: 1 }))
    }
    return row
  }

  async function insertSession(row: Row): Promise<Row | undefined> {
    const { code, passwordHash } = proof()
    if (code !== undefined && !(await useCode(db, String(row.operatorId), code))) throw codeRefused()
    const [inserted] = await run(
      passwordHash === undefined ? insertInto('sessions', row) : insertSessionProvenBy(row, passwordHash),
    )
    return inserted
  }

  return createAdapterFactory({
    config: { adapterId: 'facet', supportsUUIDs: true, customIdGenerator: newId },
    // The library lets a caller name the type of a row; what a table holds is all that can be given.
    adapter: () => ({
      create: async ({ model, data }) => {
        const table = tableOf(model)
        if (table === 'sessions') return shownRow(await insertSession(storedRow(data)), data.tokenHash) as never
        const { passwordHash } = proof()
        const row = table === 'verifications' ? { ...data, passwordHash } : data
        return shownRow((await run(insertInto(table, row)))[0], undefined) as never
      },
      findOne: async ({ model, where }) => shownRow(await findOne(model, where), tokenIn(where)) as never,
      findMany: async ({ model, where = [], limit, sortBy }) =>
        (await run(selectFrom(tableOf(model), stored(where), { limit, sortBy }))) as never,
      update: async ({ model, where, update }) => {
        const [row] = await run(updateOf(tableOf(model), stored(where), update as Row))
        return shownRow(row, tokenIn(where)) as never
      },
      updateMany: async ({ model, where, update }) =>
        (await run(updateOf(tableOf(model), stored(where), update))).length,
      delete: async ({ model, where }) => void (await run(deleteFrom(tableOf(model), stored(where)))),
      deleteMany: async ({ model, where }) => (await run(deleteFrom(tableOf(model), stored(where)))).length,
      consumeOne: async ({ model, where }) => {
        const [row] = await run(deleteFrom(tableOf(model), stored(where)))
        if (typeof row?.passwordHash === 'string') proof().passwordHash = row.passwordHash
        return shownRow(row, undefined) as never
      },
      incrementOne: async ({ model, where, increment, set = {} }) => {
        const [row] = await run(updateOf(tableOf(model), stored(where), set, increment))
        return shownRow(row, undefined) as never
      },
      count: async ({ model, where = [] }) =>
        (await run(selectFrom(tableOf(model), stored(where), { limit: 1_000 }))).length,
    }),
  })
}

/** What the library answers to a wrong code. */
function codeRefused(): APIError {
  return new APIError('UNAUTHORIZED', { code: 'INVALID_CODE' })
}

function storedRow(row: Row): Row {
  return typeof row.tokenHash === 'string' ? { ...row, tokenHash: hashSessionToken(row.tokenHash) } : row
}

function stored(where: readonly Part[]): Part[] {
  return where.map((part) =>
    part.field === 'tokenHash' ? { ...part, value: hashSessionToken(String(part.value)) } : part,
  )
}

function tokenIn(where: readonly Part[]): unknown {
  return where.find(({ field }) => field === 'tokenHash')?.value
}

/** The row with the token by which it was found or made, in the place of its hash. */
function shownRow(row: Row | undefined, token: unknown): Row | null {
  if (row === undefined) return null
  return token === undefined ? row : { ...row, tokenHash: token }
}
