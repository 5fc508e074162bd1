import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { AppMode } from './organizations.types.ts'
import { networksOfMode, patchStored } from './settings.rules.ts'

const database = useDatabase()

const modes: readonly { mode: AppMode; isTest: boolean }[] = [
  { mode: 'sandbox', isTest: true },
  { mode: 'live', isTest: false },
]

function isDefaultEvmNetwork(alias: string, mode: AppMode): boolean {
  try {
    patchStored({}, { wallets: { defaultEvmNetwork: alias } }, mode)
    return true
  } catch {
    return false
  }
}

describe.each(modes)('the networks of the settings of a $mode app', ({ mode, isTest }) => {
  it('are those of the table networks: all test networks in a sandbox, all main networks in a live app', async () => {
    const rows = await database.db.query<{ alias: string }>('select alias from networks where is_test = $1', [isTest])
    expect(networksOfMode[mode].toSorted()).toEqual(rows.map(({ alias }) => alias).toSorted())
  })

  it('are EVM networks by the table where the default EVM network is chosen', async () => {
    const rows = await database.db.query<{ alias: string; fits: boolean }>(
      `select alias, is_test = $1 and address_family = 'evm' as fits from networks`,
      [isTest],
    )
    expect(rows).not.toHaveLength(0)
    for (const { alias, fits } of rows) expect([alias, isDefaultEvmNetwork(alias, mode)]).toEqual([alias, fits])
  })
})
