import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, newSite, type Person } from './client.ts'

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
  owner = await site.person('owner', {}, creator)
})

const path = '/profiles/owner'
const tagOf = (answer: Answer) => String(answer.headers.etag)
const asks = (tag: string) => ({ headers: { 'if-none-match': tag } })

describe('200', () => {
  it.each(['/profiles/owner', '/profiles', '/profiles?users=owner,other', '/profiles?users=nobody'])(
    'GET %s may be kept by the reader alone, for a minute, for the credentials that asked',
    async (path) => {
      for (const as of [undefined, other, creator, owner]) {
        const { headers } = await site.get(path, as)
        expect(headers['cache-control']).toBe('private, max-age=60')
        expect(headers.vary).toBe('Authorization')
        expect(headers.etag).toMatch(/^"[\da-f]{32}"$/)
      }
    },
  )

  it('has another tag for everybody who is shown something else, and the same for the same', async () => {
    const all = await Promise.all([undefined, other, creator, owner].map((as) => site.get(path, as)))
    expect(new Set(all.map(tagOf)).size).toBe(4)
    for (const as of [undefined, other, creator, owner]) {
      expect(tagOf(await site.get(path, as))).toBe(tagOf(await site.get(path, as)))
    }
  })

  it('has another tag after every change, also one of the metadata alone, and the same after none', async () => {
    const tags = [tagOf(await site.get(path, owner))]
    for (const body of [{ city: 'a' }, { metadata: { a: 1 } }, { metadata: { a: 2 }, overwrite: 'false' }]) {
      await site.patch(path, body, owner)
      tags.push(tagOf(await site.get(path, owner)))
    }
    expect(new Set(tags).size).toBe(tags.length)
    await site.patch(path, { metadata: { a: 2 } }, owner)
    expect(tagOf(await site.get(path, owner))).toBe(tags.at(-1))
  })

  it('has another tag for every list of others', async () => {
    const tags = []
    for (const users of ['owner', 'other', 'owner,other', 'creator,owner,other']) {
      tags.push(tagOf(await site.get(`/profiles?users=${users}`, owner)))
    }
    expect(new Set(tags).size).toBe(tags.length)
  })
})

describe('304', () => {
  it.each<[title: string, header: (tag: string) => string]>([
    ['the tag', (tag) => tag],
    ['the tag as a weak one', (tag) => `W/${tag}`],
    ['a list with it', (tag) => `"x", W/${tag} ,"y"`],
    ['a list with it, without spaces', (tag) => `"x",${tag}`],
    ['any', () => '*'],
  ])('for %s: nothing but the headers', async (_, header) => {
    for (const url of [path, '/profiles?users=owner']) {
      const fresh = await site.get(url, owner)
      const answer = await site.get(url, owner, asks(header(tagOf(fresh))))
      expect([answer.statusCode, answer.body]).toEqual([304, ''])
      for (const name of ['etag', 'cache-control', 'vary']) expect(answer.headers[name]).toBe(fresh.headers[name])
    }
  })

  it.each<[title: string, header: (tag: string) => string]>([
    ['another tag', () => '"d41d8cd98f00b204e9800998ecf8427e"'],
    ['the tag without its quotes', (tag) => tag.slice(1, -1)],
    ['nothing', () => ''],
    ['a part of it', (tag) => `${tag.slice(0, 20)}"`],
  ])('not for %s', async (_, header) => {
    const answer = await site.get(path, owner, asks(header(tagOf(await site.get(path, owner)))))
    expect(answer.statusCode).toBe(200)
  })

  it('not for the tag of another reader, nor for one from before a change', async () => {
    const creators = tagOf(await site.get(path, creator))
    expect((await site.get(path, owner, asks(creators))).statusCode).toBe(200)
    const before = tagOf(await site.get(path, owner))
    await site.patch(path, { city: 'Siaya' }, owner)
    const answer = await site.get(path, owner, asks(before))
    expect([answer.statusCode, answer.json().city]).toEqual([200, 'Siaya'])
  })

  it('never in the place of a 401 or a 404', async () => {
    expect((await site.get(path, 'Token x', asks('*'))).statusCode).toBe(401)
    expect((await site.get('/profiles/nobody', owner, asks('*'))).statusCode).toBe(404)
  })
})

describe('HEAD', () => {
  it('answers as GET does, without the body', async () => {
    for (const url of [path, '/profiles']) {
      const [got, head] = [await site.get(url, owner), await site.call('HEAD', url, { as: owner })]
      expect([head.statusCode, head.body]).toEqual([200, ''])
      for (const name of ['etag', 'cache-control', 'vary', 'content-type', 'content-length']) {
        expect([name, head.headers[name]]).toEqual([name, got.headers[name]])
      }
      const known = await site.call('HEAD', url, { as: owner, ...asks(tagOf(got)) })
      expect(known.statusCode).toBe(304)
    }
  })
})

describe('everything else', () => {
  it('is kept by nobody', async () => {
    const answers = [
      await site.patch(path, { city: 'x' }, owner),
      await site.register({}),
      await site.get('/profiles/nobody'),
      await site.get('/profiles', 'Token x'),
      await site.get('/user', owner),
    ]
    for (const answer of answers) expect(answer.headers['cache-control']).toBe('no-store')
  })
})
