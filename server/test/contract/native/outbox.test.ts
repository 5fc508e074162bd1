import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { sendMail } from '../../../src/core/mail/mail.service.ts'
import { packCursor } from '../../../src/core/pagination.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)

interface MailBody {
  readonly id: string
  readonly to: string
  readonly subject: string
}

async function newReader(): Promise<TestTenant & { client: Client }> {
  const tenant = await api.newTenant()
  return { ...tenant, client: clientOf(api, tenant.apiKey) }
}

/** Writes mails one after the other, to as many people. */
async function write({ ctx }: TestTenant, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    await sendMail(ctx, { to: `p${n}@example.org`, subject: `Mail ${n}`, text: `It is ${n}.\nBye ✉` })
  }
}

const subjectsOf = (answer: { json(): { data: MailBody[] } }) => answer.json().data.map(({ subject }) => subject)

describe('GET /facet/v1/outbox: 200', () => {
  it('is empty before the first mail', async () => {
    const { client } = await newReader()
    const answer = await client.get('/outbox')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ data: [], nextCursor: null })
  })

  it('gives mails as they were written, with these members in this order, and lets nobody keep them', async () => {
    const tenant = await newReader()
    await write(tenant, 1)
    const answer = await tenant.client.get('/outbox')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    const [mail] = answer.json().data
    expect(mail).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      to: 'p1@example.org',
      subject: 'Mail 1',
      text: 'It is 1.\nBye ✉',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(Object.keys(mail)).toEqual(['id', 'to', 'subject', 'text', 'createdAt'])
  })

  it('is read to its end in pages, the newest first, each mail once', async () => {
    const tenant = await newReader()
    await write(tenant, 7)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const answer = await tenant.client.get(`/outbox?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...subjectsOf(answer))
      cursor = answer.json().nextCursor
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `Mail ${n}`))
  })

  it('shows the mails of the own app only', async () => {
    const [one, other] = [await newReader(), await newReader()]
    await write(one, 2)
    expect(subjectsOf(await other.client.get('/outbox'))).toEqual([])
    expect(subjectsOf(await one.client.get('/outbox'))).toEqual(['Mail 2', 'Mail 1'])
  })
})

describe('GET /facet/v1/outbox: 400', () => {
  it.each([
    ['limit=0', '/limit', 'range'],
    ['limit=201', '/limit', 'range'],
    ['limit=x', '/limit', 'type'],
    ['cursor=x', '/cursor', 'format'],
    [`cursor=${packCursor(['outbox', '1'])}`, '/cursor', 'format'],
    [`cursor=${packCursor(['sequence', newId()])}`, '/cursor', 'format'],
    ['to=x', '/to', 'unknown'],
  ])('%s', async (query, path, rule) => {
    const { client } = await newReader()
    expectProblem(await client.get(`/outbox?${query}`), 400, 'input_invalid', [{ path, rule }])
  })
})

describe('GET /facet/v1/outbox: 401', () => {
  it('without a key', async () => {
    expectProblem(await api.server.inject('/facet/v1/outbox'), 401, 'credentials_missing')
  })
})

describe('GET /facet/v1/outbox: 403', () => {
  it('with a key that may read profiles and events, as an outbox holds codes', async () => {
    const tenant = await newReader()
    const answer = await clientOf(api, await api.newKey(tenant, ['profiles:read', 'events:read'])).get('/outbox')
    expectProblem(answer, 403, 'scope_missing')
    expect(answer.json().detail).toContain('outbox:read')
  })
})

describe('GET /facet/v1/outbox: 404', () => {
  it('with the key of a live app, which has none', async () => {
    const { apiKey } = await api.newTenant({ mode: 'live' })
    expectProblem(await clientOf(api, apiKey).get('/outbox'), 404, 'outbox_not_found')
  })
})

describe('GET /facet/v1/outbox/{id}: 200', () => {
  it('gives a mail as the list has it', async () => {
    const tenant = await newReader()
    await write(tenant, 2)
    const [, first] = (await tenant.client.get('/outbox')).json().data
    const answer = await tenant.client.get(`/outbox/${first.id}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual(first)
    expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('GET /facet/v1/outbox/{id}: 401 and 403', () => {
  it('without a key, and without the scope', async () => {
    const tenant = await newReader()
    await write(tenant, 1)
    const path = `/outbox/${(await tenant.client.get('/outbox')).json().data[0].id}`
    expectProblem(await api.server.inject(`/facet/v1${path}`), 401, 'credentials_missing')
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    expectProblem(await reader.get(path), 403, 'scope_missing')
  })
})

describe('GET /facet/v1/outbox/{id}: 404', () => {
  it('for an unknown id, what is none, and whatever a live app asks for', async () => {
    const { client } = await newReader()
    const live = clientOf(api, (await api.newTenant({ mode: 'live' })).apiKey)
    for (const id of [newId(), '1', 'latest']) {
      expectProblem(await client.get(`/outbox/${id}`), 404, 'outbox_mail_not_found')
      expectProblem(await live.get(`/outbox/${id}`), 404, 'outbox_mail_not_found')
    }
  })
})
