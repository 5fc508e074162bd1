import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { updateApp } from '../../src/core/organizations/organizations.service.ts'
import { deleteProfile, mergeProfiles } from '../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { updateProfile } from '../../src/core/profiles/profiles.service.ts'
import { type TestTenant, useApi } from '../helpers/api.ts'
import { useDatabase } from '../helpers/database.ts'
import { type DialectFace, type Fact, type Facts, facesOf, hostOf, type Ids, pick } from './faces.ts'

const database = useDatabase()
const api = useApi(database)
const names = readdirSync(new URL('../../src/dialects/', import.meta.url))

const person = {
  reference: 'customer-1',
  email: 'Ada@Example.com',
  phone: '+49658245684',
  fullName: 'Ada Lovelace',
  username: 'ada.l',
} as const satisfies Facts

function faceOf(name: string): DialectFace {
  const face = facesOf(api).find((candidate) => candidate.name === name)
  if (face === undefined) throw new Error(`The scenario has no face for the dialect ${name}: add one`)
  return face
}

async function newTenant(): Promise<TestTenant> {
  const tenant = await api.newTenant()
  const limits = { perSecond: 100_000, perMinute: 100_000 }
  await updateApp(database.system(), tenant.ctx.appId, { settings: { limits }, hosts: [hostOf(tenant)] })
  return tenant
}

/** Makes a profile that must succeed. */
async function made(face: DialectFace, tenant: TestTenant, facts: Facts): Promise<Ids> {
  const answer = await face.make(tenant, facts)
  expect(answer.statusCode, `${face.name}: ${answer.body}`).toBe(face.made ?? 201)
  const [newest] = (await rows(tenant)).slice(-1)
  return newest as unknown as Ids
}

/** The live profiles of the app as they are stored, oldest first. */
function rows(tenant: TestTenant): Promise<Record<string, unknown>[]> {
  return database.db.query(
    `select p.*, p.uid::text as uid, p.long_id::text as "longId" from profiles p
     where app_id = $1 and deleted_at is null order by id`,
    [tenant.ctx.appId],
  )
}

/** What is stored of a profile, but for what no two profiles share. */
function content(row: Record<string, unknown> | undefined): Record<string, unknown> {
  const own = ['app_id', 'id', 'uid', 'long_id', 'longId', 'number', 'created_at', 'updated_at']
  return Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !own.includes(name)))
}

describe.each(names)('a profile made through %s', (maker) => {
  it.each(names)('is there at once in %s, with every fact that both have a place for', async (viewer) => {
    const [tenant, stranger] = [await newTenant(), await newTenant()]
    const [make, view] = [faceOf(maker), faceOf(viewer)]
    const ids = await made(make, tenant, pick(person, make.facts))
    const isShown = view.identity === undefined || make.facts.includes(view.identity)
    const common = view.facts.filter((fact) => make.facts.includes(fact))
    expect(await view.see(tenant, ids)).toEqual(isShown ? pick(person, common) : undefined)
    expect(await view.see(stranger, ids)).toBeUndefined()
  })

  it.each(names)('keeps its identifiers from %s, which refuses them in its own way', async (other) => {
    const tenant = await newTenant()
    const [make, again] = [faceOf(maker), faceOf(other)]
    await made(make, tenant, pick(person, make.facts))
    const identifiers: readonly Fact[] = ['reference', 'email', 'phone', 'username']
    const common = identifiers.filter((fact) => make.facts.includes(fact) && again.facts.includes(fact))
    for (const fact of common) {
      const answer = await again.make(tenant, pick(person, [fact]))
      expect([fact, answer.statusCode]).toEqual([fact, again.duplicate])
    }
    expect(await rows(tenant)).toHaveLength(1)
  })
})

describe('the same facts', () => {
  it.each([
    ['a reference', ['reference']],
    ['an e-mail', ['email']],
    ['a phone', ['phone']],
    ['an e-mail and a reference', ['reference', 'email']],
    ['an e-mail, a phone and a name', ['email', 'phone', 'fullName']],
    ['a username, an e-mail and a name', ['username', 'email', 'fullName']],
  ] as const)('become the same row through every dialect that takes them: %s', async (_, facts) => {
    const takes = ({ facts: own, needs = [] }: DialectFace) =>
      facts.every((fact) => own.includes(fact)) && needs.every((fact) => (facts as readonly Fact[]).includes(fact))
    const takers = facesOf(api).filter(takes)
    expect(takers.length).toBeGreaterThan(1)
    const stored = []
    for (const face of takers) {
      const tenant = await newTenant()
      await made(face, tenant, pick(person, facts))
      stored.push(content((await rows(tenant))[0]))
    }
    for (const row of stored) expect(row).toEqual(stored[0])
  })
})

describe('a change', () => {
  it.each(names)('is there at once in %s', async (viewer) => {
    const tenant = await newTenant()
    const view = faceOf(viewer)
    const ids = await made(faceOf('native'), tenant, person)
    const later = {
      ...{ reference: 'customer-2', email: 'ada@example.org', phone: '+4930901820' },
      ...{ fullName: 'Ada King', username: 'ada-king' },
    }
    await updateProfile(tenant.ctx, { by: 'id', value: ids.id }, later)
    expect(await view.see(tenant, { ...ids, reference: later.reference })).toEqual(pick(later, view.facts))
  })

  it.each(names)('that ends a profile, by a delete or by a merge, ends it in %s', async (viewer) => {
    const tenant = await newTenant()
    const view = faceOf(viewer)
    const native = faceOf('native')
    const [target, source] = [await made(native, tenant, {}), await made(native, tenant, person)]
    const key = (value: string) => ({ by: 'id', value }) as const
    await mergeProfiles(tenant.ctx, { target: key(target.id), source: key(source.id) })
    expect(await view.see(tenant, { ...source, reference: null })).toBeUndefined()
    const merged = { ...target, reference: person.reference }
    expect(await view.see(tenant, merged)).toEqual(pick(person, view.facts))
    await deleteProfile(tenant.ctx, key(target.id))
    expect(await view.see(tenant, merged)).toBeUndefined()
  })
})
