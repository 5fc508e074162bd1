import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { newOperator } from '../../../test/helpers/operators.ts'
import { authorizeOperator, createOperatorApp } from './operators.service.ts'
import { scopesOf } from './roles.rules.ts'

const database = useDatabase()
const faultOf = (promise: Promise<unknown>) =>
  promise.then(() => undefined).catch((error) => error.fault?.code ?? error)

async function newMembers() {
  const { appId, organizationId } = await database.newApp('live')
  const [owner, viewer, stranger] = [
    await newOperator(database, { [organizationId]: 'owner' }),
    await newOperator(database, { [organizationId]: 'viewer' }),
    await newOperator(database),
  ]
  return { appId, organizationId, owner, viewer, stranger }
}

describe('authorizeOperator', () => {
  it('gives what the role in the organization of the app allows, and a stranger nothing, not even that it is there', async () => {
    const { appId, organizationId, owner, viewer, stranger } = await newMembers()
    expect(await authorizeOperator(database, owner.id, appId)).toMatchObject({
      app: { appId, organizationId },
      scopes: new Set(scopesOf('owner')),
    })
    expect((await authorizeOperator(database, viewer.id, appId)).scopes).toEqual(new Set(scopesOf('viewer')))
    expect(await faultOf(authorizeOperator(database, stranger.id, appId))).toBe('app_not_found')
  })
})

describe('createOperatorApp', () => {
  it('makes an app for who may manage the organization, and tells a stranger that there is none', async () => {
    const { organizationId, owner, viewer, stranger } = await newMembers()
    const create = ({ id }: { id: string }) =>
      createOperatorApp(database.system(), id, { organizationId, name: 'Shop', mode: 'live' })
    expect(await create(owner)).toMatchObject({ organizationId, name: 'Shop', mode: 'live' })
    expect(await faultOf(create(viewer))).toBe('scope_missing')
    expect(await faultOf(create(stranger))).toBe('organization_not_found')
  })
})
