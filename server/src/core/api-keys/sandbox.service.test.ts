import { expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { listApiKeysOf } from './api-keys.service.ts'
import { ensureSandbox } from './sandbox.service.ts'
import { rotateApiKey } from './secrets.service.ts'

const database = useDatabase()

it('a start opens the sandbox with the key that took the place of its first one', async () => {
  const first = await ensureSandbox(database.system())
  expect(await ensureSandbox(database.system())).toEqual(first)
  const { appId = '', organizationId = '' } = first ?? {}
  const [apiKey] = await listApiKeysOf(database.system(), appId)
  const ctx = { ...(await database.newApp()), appId, organizationId }
  const { key, secret } = await rotateApiKey(ctx, apiKey?.id ?? '')
  expect(await ensureSandbox(database.system())).toEqual({ ...first, key, secret })
})
