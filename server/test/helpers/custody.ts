import { randomBytes } from 'node:crypto'
import { beforeAll } from 'vitest'
import { checkOf } from '../../src/core/custody/custody.rules.ts'
import type { CustodyKey } from '../../src/core/ports.ts'
import { createCustodyKey } from '../../src/infra/keys/custody-key.ts'
import { createLocalKey } from '../../src/infra/keys/wrapping-key.ts'
import type { TestDatabase } from './database.ts'

/** A custody key over local keys of 32 bytes, the first one first. */
export function custodyKeyOf(...keys: readonly [Buffer, ...Buffer[]]): CustodyKey {
  const [first, ...others] = keys.map(createLocalKey)
  if (first === undefined) throw new Error('No key')
  const known = new Map([first, ...others].map((key) => [key.id, key]))
  return createCustodyKey({ first, find: async (id) => known.get(id) })
}

/** A custody key of the file's own, which its database knows before the first test. Gives its 32 bytes too. */
export function useCustodyKey({ db }: TestDatabase): CustodyKey & { readonly bytes: Buffer } {
  const bytes = randomBytes(32)
  const key = custodyKeyOf(bytes)
  beforeAll(async () => {
    await db.query(
      `insert into installation (credentials_key_id, credentials_key_check, custody_key_id, custody_key_check)
       values ('test', '\\x00', $1, $2)`,
      [key.id, await checkOf(key, key.id)],
    )
  })
  return { ...key, bytes }
}
