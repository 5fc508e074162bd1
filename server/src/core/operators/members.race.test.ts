import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { newOperator } from '../../../test/helpers/operators.ts'
import type { Ctx } from '../context.ts'
import { changeRole, listMembers, removeMember } from './members.service.ts'
import type { Operator } from './operators.types.ts'

const database = useDatabase()
const rounds = process.env.FACET_PROVE ? 100 : 10

const as = (ctx: Ctx, { id }: Operator): Ctx => ({ ...ctx, actor: { kind: 'operator', id }, now: new Date() })

async function twoOwners() {
  const ctx = await database.newApp('live')
  const membership = { [ctx.organizationId]: 'owner' } as const
  return { ctx, one: await newOperator(database, membership), two: await newOperator(database, membership) }
}

const outcomes = async (work: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(work)).map((result) =>
    result.status === 'fulfilled' ? 'done' : (result.reason.fault?.code ?? result.reason),
  )

const ownersOf = async (ctx: Ctx) => (await listMembers(ctx)).filter(({ role }) => role === 'owner')

describe(`an organization keeps an owner, over ${rounds} rounds`, () => {
  it('when two owners demote each other at once', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ctx, one, two } = await twoOwners()
      const found = await outcomes([
        changeRole(as(ctx, one), two.id, 'viewer'),
        changeRole(as(ctx, two), one.id, 'viewer'),
      ])
      expect(found.toSorted()).toEqual(['done', 'scope_missing'])
      expect(await ownersOf(ctx)).toHaveLength(1)
    }
  })

  it('when two owners leave at once', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ctx, one, two } = await twoOwners()
      const found = await outcomes([removeMember(as(ctx, one), one.id), removeMember(as(ctx, two), two.id)])
      expect(found.toSorted()).toEqual(['done', 'last_owner'])
      expect(await ownersOf(ctx)).toHaveLength(1)
    }
  })

  it('when one demotes the other, who removes the first', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ctx, one, two } = await twoOwners()
      const found = await outcomes([changeRole(as(ctx, one), two.id, 'admin'), removeMember(as(ctx, two), one.id)])
      expect(found).toContain('done')
      expect(['app_not_found', 'role_forbidden']).toContain(found.find((outcome) => outcome !== 'done'))
      expect(await ownersOf(ctx)).toHaveLength(1)
    }
  })
})
