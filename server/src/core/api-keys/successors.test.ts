import { expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { createApiKey, createAppWithKey, listApiKeys, revokeApiKey } from './api-keys.service.ts'
import { rotateApiKey } from './secrets.service.ts'

const database = useDatabase()

const makings: Record<string, (ctx: Ctx, id: string) => Promise<unknown>> = {
  'a key beside it': (ctx) => createApiKey(ctx, { name: 'Successor', scopes: ['keys:manage'], expiresAt: null }),
  'one in its own place': (ctx, id) => rotateApiKey(ctx, id),
  'an app with a key': (ctx) => createAppWithKey(ctx, { name: 'Refuge', mode: 'sandbox' }),
}

// A process may hear of a revocation a moment after it.
it.each(Object.entries(makings))('a key that has ended makes no successor: not %s', async (_, make) => {
  const ctx = await database.newApp()
  const input = { name: 'Key', scopes: ['keys:manage'], expiresAt: null }
  const [revoked, expired] = [await createApiKey(ctx, input), await createApiKey(ctx, input)]
  await revokeApiKey(ctx, revoked.id)
  await rotateApiKey(ctx, expired.id, { overlapSeconds: 0 })
  const before = await listApiKeys(ctx)
  for (const { id } of [revoked, expired]) {
    const as = { ...ctx, now: new Date(), actor: { kind: 'api_key', id } } as const
    await expect(make(as, before[0]?.id ?? id)).rejects.toMatchObject({ fault: { code: 'credentials_invalid' } })
  }
  expect(await listApiKeys(ctx)).toEqual(before)
})
