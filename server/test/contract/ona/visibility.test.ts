import { beforeAll, describe, expect, it } from 'vitest'
import { registerPerson } from '../../../src/core/credentials/credentials.service.ts'
import { createProfile } from '../../../src/core/profiles/profiles.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Answer,
  basic,
  type Client,
  details,
  expectBody,
  expectDetail,
  mounts,
  newSite,
  type Person,
  password,
} from './client.ts'
import { profile } from './fixtures/seed-003.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
let owner: Person
let creator: Person
let other: Person

beforeAll(async () => {
  site = await newSite(api, database)
  creator = await site.person('creator')
  other = await site.person('other')
  owner = await site.person('owner', { metadata: { secret: 1 } }, creator)
})

const viewers = ['visitor', 'other', 'creator', 'owner'] as const
type Viewer = (typeof viewers)[number]

const asOf = (viewer: Viewer) => ({ visitor: undefined, other, creator, owner })[viewer]

const shown: Record<Viewer, { email: boolean; metadata: boolean }> = {
  visitor: { email: false, metadata: false },
  other: { email: false, metadata: false },
  creator: { email: true, metadata: false },
  owner: { email: true, metadata: true },
}

/** Every key in the order of the seed, then the three that the present server adds, as the viewer may see them. */
function keysFor(viewer: Viewer): string[] {
  const hidden = Object.entries(shown[viewer]).flatMap(([key, isShown]) => (isShown ? [] : [key]))
  return [...Object.keys(profile), 'id', 'is_org', 'name'].filter((key) => !hidden.includes(key))
}

/** Nothing of what the viewer may not see is anywhere in the answer. */
function expectShown(answer: Answer, person: object, viewer: Viewer): void {
  expect(answer.statusCode).toBe(200)
  expect(Object.keys(person)).toEqual(keysFor(viewer))
  const { email, metadata } = shown[viewer]
  if (email) expect(person).toMatchObject({ email: 'owner@example.com' })
  else expect(answer.body).not.toContain('owner@example.com')
  if (metadata) expect(person).toMatchObject({ metadata: { secret: 1, last_password_edit: expect.any(String) } })
  else expect(answer.body).not.toContain('secret')
}

describe.each(mounts)('a person at %s', (mount) => {
  it.each(viewers)(
    'is shown to the %s, by name, in any case, percent-encoded and by number, as they may see it',
    async (viewer) => {
      for (const key of ['owner', 'OWNER', 'Owner', '%6Fwner', 'ｏｗｎｅｒ', String(owner.id)]) {
        const answer = await site.get(`/profiles/${encodeURIComponent(decodeURIComponent(key))}`, asOf(viewer), {
          mount,
        })
        expectShown(answer, answer.json(), viewer)
      }
    },
  )

  it('is not there, for themselves either, under a number that is written otherwise or a part of the name', async () => {
    for (const key of [`0${owner.id}`, `${owner.id}.0`, `+${owner.id}`, 'owne', 'owner2', ' owner']) {
      expect((await site.get(`/profiles/${encodeURIComponent(key)}`, owner, { mount })).statusCode, key).toBe(404)
    }
  })

  it.each(['other', 'creator', 'owner'] as const)('is shown to the %s in a list that names them', async (viewer) => {
    const answer = await site.get('/profiles?users=owner', asOf(viewer), { mount })
    const people = answer.json()
    expect(people).toHaveLength(1)
    expectShown(answer, people[0], viewer)
  })
})

describe('the list', () => {
  it('is empty for a visitor, whomever they name', async () => {
    for (const query of ['', '?users=', '?users=owner', `?users=${owner.id}`]) {
      expectBody(await site.get(`/profiles${query}`), 200, [])
    }
  })

  it('holds the reader alone where it names nobody', async () => {
    for (const query of ['', '?users=', '?users=%20,%20', '?users=,,', '?other=x']) {
      const answer = await site.get(`/profiles${query}`, owner)
      const people = answer.json()
      expect(people).toHaveLength(1)
      expectShown(answer, people[0], 'owner')
    }
  })

  it.each([
    'users=other,owner,creator',
    'users=OTHER,%20Owner%20,creator,nobody,owner',
    'users=owner&users=other,creator',
  ])('holds those that it names, each once, by username, each as the reader may see them: %s', async (query) => {
    const people = (await site.get(`/profiles?${query}`, creator)).json()
    const names = people.map(({ username }: { username: string }) => username)
    expect(names).toEqual(['creator', 'other', 'owner'])
    const keys = people.map((person: object) => ['email' in person, 'metadata' in person])
    expect(keys).toEqual([
      [true, true],
      [false, false],
      [true, false],
    ])
  })

  it('names nobody by number, and is empty when it names nobody that is there', async () => {
    for (const query of [`users=${owner.id}`, 'users=nobody', 'users=%00', 'users=%F0%9F%98%80']) {
      expectBody(await site.get(`/profiles?${query}`, other), 200, [])
    }
  })

  it('refuses a query that is no UTF-8', async () => {
    expectDetail(await site.get('/profiles?users=%ff', other), details.notDecodable)
    expectDetail(await site.get('/profiles/%ff'), details.notDecodable)
  })
})

describe('after a change', () => {
  it.each(['creator', 'owner'] as const)('the answer shows the %s what they may see, and no more', async (viewer) => {
    const as = asOf(viewer)
    for (const body of [{ city: 'Kisumu' }, {}, { metadata: { secret: 1 }, overwrite: 'false' }]) {
      const answer = await site.patch('/profiles/owner', body, as)
      expectShown(answer, answer.json(), viewer)
    }
    expectShown(await site.get('/profiles/owner', other), (await site.get('/profiles/owner', other)).json(), 'other')
  })
})

describe('a strict app', () => {
  it('answers no reader without credentials, and registers them all the same', async () => {
    const strict = await newSite(api, database, { settings: { selfService: { strict: true } } })
    const ann = await strict.person('ann')
    for (const path of ['/profiles', '/profiles?users=ann', '/profiles/ann', '/profiles/nobody', '/users/ann']) {
      const answer = await strict.get(path)
      expectDetail(answer, details.credentialsMissing)
      expect(answer.headers['www-authenticate']).toBe('Token')
      expect((await strict.get(path.replace('nobody', 'ann'), ann)).statusCode).toBe(200)
    }
  })
})

describe('who is not there', () => {
  it.each(['nobody', '', '1', '0', '9007199254740993', '9'.repeat(40), '%00', 'a%2Fb', '%20', 'owner%20', '😀'])(
    '%s is not found',
    async (key) => {
      for (const as of [undefined, other]) {
        expectDetail(
          await site.get(`/profiles/${encodeURIComponent(decodeURIComponent(key))}`, as),
          details.personNotFound,
        )
      }
    },
  )

  it('has gone: nothing finds them, and they cannot sign in', async () => {
    const gone = await site.person('gone')
    expect((await site.call('DELETE', '/profiles/gone', { as: gone })).statusCode).toBe(204)
    for (const key of ['gone', String(gone.id)]) {
      expectDetail(await site.get(`/profiles/${key}`, other), details.personNotFound)
    }
    expectBody(await site.get('/profiles?users=gone', other), 200, [])
    expectDetail(await site.get('/profiles', gone), details.tokenWrong)
    expectDetail(await site.get('/profiles', basic('gone', password)), details.loginWrong)
  })
})

describe('a profile without a username', () => {
  it('is not there under any key that it has, nor in any list, and its person cannot sign in', async () => {
    const { ctx } = site
    const hidden = { email: 'hidden@example.com', reference: 'hidden', phone: '+4930901820' }
    const { profile: made, token } = await registerPerson(ctx, { profile: hidden, password })
    const keys = [made.number, made.id, made.uid, made.longId, made.reference, made.email, made.phone]
    for (const key of keys.map((key) => encodeURIComponent(String(key)))) {
      expectDetail(await site.get(`/profiles/${key}`, other), details.personNotFound)
      expectDetail(await site.get(`/users/${key}`, other), details.personNotFound)
      expectBody(await site.get(`/profiles?users=${key}`, other), 200, [])
      expectDetail(await site.patch(`/profiles/${key}`, { city: 'x' }, other), details.personNotFound)
    }
    expectDetail(await site.get('/profiles', basic('hidden@example.com', password)), details.loginWrong)
    expectDetail(await site.get('/profiles', `Token ${token}`), details.tokenWrong)
  })

  it('is there once it has one', async () => {
    const made = await createProfile(site.ctx, { email: 'later@example.com', username: 'later' })
    expect((await site.get(`/profiles/${made.number}`)).json().username).toBe('later')
  })

  it('is an organization where its kind is no person', async () => {
    await createProfile(site.ctx, { username: 'merchant', type: 'Merchant' })
    expect((await site.get('/profiles/merchant')).json()).toMatchObject({ is_org: true, first_name: '', name: '' })
  })
})
