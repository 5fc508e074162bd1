import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { quickSchedule, startKeeper, type TestKeeper, type TestKeeperOptions } from '../../test/helpers/feed-keeper.ts'
import { type Answer, openReceiver, type WebhookReceiver } from '../../test/helpers/webhook-receiver.ts'
import type { Ctx } from '../core/context.ts'
import { createSequencer, listEvents } from '../core/feed/feed.service.ts'
import type { Outbound } from '../core/ports.ts'
import { createProfile, updateProfile } from '../core/profiles/profiles.service.ts'
import { getDelivery, listDeliveries, recoverDeliveries, resendDelivery } from '../core/webhooks/deliveries.service.ts'
import { createEndpoint, getEndpoint, testEndpoint, updateEndpoint } from '../core/webhooks/webhooks.service.ts'
import { createEventSignal } from '../infra/db/event-signal.ts'

const database = useDatabase()
const receivers: WebhookReceiver[] = []
const keepers: TestKeeper[] = []

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()))
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
})

async function receive(answer?: Answer): Promise<WebhookReceiver> {
  const receiver = await openReceiver(answer)
  receivers.push(receiver)
  return receiver
}

function keep(receiver: WebhookReceiver, options: Partial<TestKeeperOptions> = {}): TestKeeper {
  const keeper = startKeeper({ address: database.address, keys: database.keys, allow: [receiver.host], ...options })
  keepers.push(keeper)
  return keeper
}

/** An app whose commands signal as the API's do. */
async function newApp(): Promise<Ctx> {
  const ctx = await database.newApp()
  const signal = createEventSignal(ctx.db, ctx.log)
  await createSequencer(ctx, ctx.appId).number()
  return { ...ctx, committed: () => signal.raise(ctx.appId) }
}

async function tell(ctx: Ctx, receiver: WebhookReceiver, more: object = {}): Promise<string> {
  const { endpoint } = await createEndpoint(ctx, { url: `http://${receiver.host}/`, types: ['profile.*'], ...more })
  return endpoint.id
}

const typesOf = (receiver: WebhookReceiver) => receiver.received.map(({ body }) => JSON.parse(body).type)
const idsOf = (receiver: WebhookReceiver) => receiver.received.map(({ headers }) => headers['webhook-id'])

describe('a delivery', () => {
  it('follows the change within moments, as the event stands in the feed', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    await tell(ctx, receiver)
    keep(receiver)
    await createProfile(ctx, { reference: 'a' })
    await receiver.until(() => receiver.received.length === 1)
    const { events } = await listEvents(ctx, { limit: 10, types: ['profile.created'] })
    const body = JSON.parse(receiver.received[0]?.body ?? '')
    expect(body).toMatchObject({
      id: events[0]?.id,
      sequence: events[0]?.sequence,
      data: { after: { reference: 'a' } },
    })
    expect(receiver.received[0]?.headers).toMatchObject({
      'webhook-id': events[0]?.id,
      'content-type': 'application/json',
    })
  })

  it('is of the types that were asked for, and not of the actor’s own changes', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    await tell(ctx, receiver, { types: ['profile.updated'], excludeActor: 'me' })
    keep(receiver)
    const mine: Ctx = { ...ctx, actor: { kind: 'api_key', id: 'me' } }
    const { id } = await createProfile(ctx, {})
    await updateProfile(mine, { by: 'id', value: id }, { city: 'mine' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'theirs' })
    await receiver.until(() => receiver.received.length === 1)
    expect(JSON.parse(receiver.received[0]?.body ?? '').data.after.city).toBe('theirs')
  })

  it('that fails is tried again by the schedule, each attempt written down, then given up', async () => {
    const receiver = await receive((_request, response) => void response.writeHead(500).end('no'))
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver)
    await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 4)
    const failed = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'failed' })).items
    await expect.poll(failed).toHaveLength(1)
    const [delivery] = await failed()
    const { attemptLog: attempts } = await getDelivery(ctx, endpointId, delivery?.sequence ?? 0)
    expect(attempts).toMatchObject([1, 2, 3, 4].map((number) => ({ number, status: 500, body: 'no', error: null })))
    const gaps = attempts
      .slice(1)
      .map(({ startedAt }, i) => startedAt.getTime() - (attempts[i]?.startedAt.getTime() ?? 0))
    for (const [i, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual((quickSchedule.delaysMs[i] ?? 0) * 0.9)
    expect(new Set(idsOf(receiver)).size).toBe(1)
  })

  it('holds back later events of its profile, and no others, until it is delivered', async () => {
    let refusals = 2
    const receiver = await receive((request, response) => {
      const refused = request.body.includes('"first"') && refusals-- > 0
      response.writeHead(refused ? 503 : 204).end()
    })
    const ctx = await newApp()
    const { id } = await createProfile(ctx, {})
    const other = await createProfile(ctx, {})
    await tell(ctx, receiver)
    keep(receiver)
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'first' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'second' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'third' })
    await updateProfile(ctx, { by: 'id', value: other.id }, { city: 'other' })
    const cities = () => receiver.received.map(({ body }) => JSON.parse(body).data.after.city)
    await receiver.until(() => cities().includes('third'))
    expect(cities().filter((city) => city !== 'other')).toEqual(expect.arrayContaining(['first', 'second', 'third']))
    const ofOne = cities().filter((city) => !['other', undefined].includes(city))
    expect(ofOne).toEqual(['first', 'first', 'first', 'second', 'third'])
    expect(cities().indexOf('other')).toBeLessThan(cities().lastIndexOf('first'))
  })

  it('goes on where another process left it', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    await tell(ctx, receiver)
    const first = keep(receiver)
    await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 1)
    await first.close()
    keepers.splice(0)
    await createProfile(ctx, {})
    keep(receiver)
    await receiver.until(() => receiver.received.length === 2)
    expect(new Set(idsOf(receiver)).size).toBe(2)
  })

  it('is made by one process alone, however many there are', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    await tell(ctx, receiver)
    for (let n = 0; n < 3; n++) keep(receiver)
    await Promise.all(Array.from({ length: 60 }, () => createProfile(ctx, {})))
    await receiver.until(() => new Set(idsOf(receiver)).size === 60)
    expect(receiver.received).toHaveLength(60)
  })
})

describe('an endpoint', () => {
  it('that is paused gets nothing, and all of it in order when it is resumed', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver)
    const { id } = await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 1)
    await updateEndpoint(ctx, endpointId, { state: 'paused' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'a' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'b' })
    const resumed = receiver.received.length
    await updateEndpoint(ctx, endpointId, { state: 'active' })
    await receiver.until(() => receiver.received.length >= 3)
    expect(resumed).toBe(1)
    expect(typesOf(receiver)).toEqual(['profile.created', 'profile.updated', 'profile.updated'])
  })

  it('that answers 410 is disabled at once, and an event tells of it', async () => {
    const receiver = await receive((_request, response) => void response.writeHead(410).end())
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver)
    await createProfile(ctx, {})
    await expect
      .poll(async () => (await listEvents(ctx, { limit: 10, types: ['webhook_endpoint.disabled'] })).events.length)
      .toBe(1)
    expect(await getEndpoint(ctx, endpointId)).toMatchObject({ state: 'disabled', disabledReason: 'gone' })
  })

  it('that fails for as long as the schedule allows is disabled', async () => {
    const receiver = await receive((_request, response) => void response.writeHead(500).end())
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver, { schedule: { delaysMs: Array(50).fill(20), jitter: 0, disableAfterMs: 200 } })
    await createProfile(ctx, {})
    await expect.poll(async () => (await getEndpoint(ctx, endpointId)).state).toBe('disabled')
    expect((await getEndpoint(ctx, endpointId)).disabledReason).toBe('failing')
  })

  it('gets a test event whatever types it takes, and no other endpoint does', async () => {
    const [receiver, other] = [await receive(), await receive()]
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver, { types: ['profile.deleted'] })
    await tell(ctx, other, { types: ['*'] })
    keep(receiver, { allow: [receiver.host, other.host] })
    const eventId = await testEndpoint(ctx, endpointId)
    await receiver.until(() => receiver.received.length === 1)
    await createProfile(ctx, {})
    await other.until(() => typesOf(other).includes('profile.created'))
    expect(idsOf(receiver)).toEqual([eventId])
    expect(typesOf(other)).not.toContain('webhook_endpoint.tested')
  })
})

describe('what was given up', () => {
  it('is sent again by a resend, once, and by a recovery from a time on, in order', async () => {
    let healthy = false
    const receiver = await receive((_request, response) => void response.writeHead(healthy ? 204 : 500).end())
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver, { schedule: { delaysMs: [], jitter: 0, disableAfterMs: 60_000 } })
    const { id } = await createProfile(ctx, {})
    for (const city of ['a', 'b', 'c']) await updateProfile(ctx, { by: 'id', value: id }, { city })
    const failed = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'failed' })).items
    await expect.poll(async () => (await failed()).length).toBe(4)
    const newest = (await failed())[0]?.sequence ?? 0
    await resendDelivery(ctx, endpointId, newest)
    await receiver.until(() => receiver.received.length === 5)
    await expect.poll(async () => (await getDelivery(ctx, endpointId, newest)).attemptLog.length).toBe(2)
    expect(await failed()).toHaveLength(4)
    healthy = true
    const before = receiver.received.length
    await recoverDeliveries(ctx, endpointId, new Date(0))
    await receiver.until(() => receiver.received.length === before + 4)
    const again = receiver.received.slice(before).map(({ body }) => JSON.parse(body).sequence)
    expect(again).toEqual(again.toSorted((a, b) => a - b))
    await expect.poll(async () => (await failed()).length).toBe(0)
  })
})

describe('one endpoint', () => {
  it('whose every answer the database refuses holds up no other, and ends by itself', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    const odd = await tell(ctx, receiver, { url: `http://${receiver.host}/odd` })
    await tell(ctx, receiver, { url: `http://${receiver.host}/sound` })
    const answered = { kind: 'answered', body: '', durationMs: 1 } as const
    const posts: string[] = []
    const outbound: Pick<Outbound, 'post'> = {
      async post({ url }) {
        posts.push(url)
        // A status that no column holds.
        return { ...answered, status: url.endsWith('/odd') ? 100_000 : 204, headers: {} }
      },
    }
    keep(receiver, { outbound, schedule: { delaysMs: [], jitter: 0, disableAfterMs: 60_000 } })
    await createProfile(ctx, {})
    await createProfile(ctx, {})
    const failed = async () => (await listDeliveries(ctx, odd, { limit: 10, state: 'failed' })).items
    await expect.poll(async () => (await failed()).length).toBe(2)
    expect(posts.filter((url) => url.endsWith('/sound'))).toHaveLength(2)
  })

  it('with a name that is as long as a name can be fails like any other', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    const label = 'a'.repeat(60)
    const endpointId = await tell(ctx, receiver, { url: `https://${label}.${label}.${label}.${label}.invalid/` })
    keep(receiver, { schedule: { delaysMs: [], jitter: 0, disableAfterMs: 60_000 } })
    await createProfile(ctx, {})
    const failed = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'failed' })).items
    await expect.poll(async () => (await failed()).length, { timeout: 20_000 }).toBe(1)
  })

  it('that failed once, long ago, and hears of something again is not disabled for that', async () => {
    let healthy = false
    const receiver = await receive((_request, response) => {
      setTimeout(() => response.writeHead(healthy ? 204 : 500).end(), 30)
    })
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver, { schedule: { delaysMs: [], jitter: 0, disableAfterMs: 50 } })
    await createProfile(ctx, {})
    const states = async (state: 'failed' | 'delivered') =>
      (await listDeliveries(ctx, endpointId, { limit: 10, state })).items.length
    await expect.poll(() => states('failed')).toBe(1)
    healthy = true
    await wait(60)
    await createProfile(ctx, {})
    await createProfile(ctx, {})
    await expect.poll(() => states('delivered')).toBe(2)
    expect((await getEndpoint(ctx, endpointId)).state).toBe('active')
  })
})

describe('a resend', () => {
  /** A receiver that keeps each request until it is told what to answer. */
  async function receiveOneByOne() {
    const open: { body: string; answer(status: number): void }[] = []
    const receiver = await receive(({ body }, response) => {
      open.push({ body, answer: (status) => void response.writeHead(status).end() })
    })
    const next = async () => {
      await receiver.until(() => open.length > 0)
      return open.shift() as (typeof open)[number]
    }
    return { receiver, next, open }
  }

  it('of what is held behind an earlier event changes nothing: it goes out once, and in order', async () => {
    const { receiver, next, open } = await receiveOneByOne()
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver)
    const { id } = await createProfile(ctx, {})
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'a' })
    await updateProfile(ctx, { by: 'id', value: id }, { city: 'b' })
    const first = await next()
    const held = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'held' })).items
    await expect.poll(async () => (await held()).length).toBe(2)
    for (const { sequence } of await held()) await resendDelivery(ctx, endpointId, sequence)
    await createProfile(ctx, {})
    const other = await next()
    expect(open).toHaveLength(0)
    first.answer(204)
    const second = await next()
    second.answer(204)
    const third = await next()
    third.answer(204)
    other.answer(204)
    expect([second, third].map(({ body }) => JSON.parse(body).data.after.city)).toEqual(['a', 'b'])
    const delivered = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'delivered' })).items
    await expect.poll(async () => (await delivered()).length).toBe(4)
    expect(receiver.received).toHaveLength(4)
  })

  it.each([500, 204])(
    'that is under way when a recovery is asked for leaves nothing held, answered with %i',
    async (status) => {
      const { receiver, next } = await receiveOneByOne()
      const ctx = await newApp()
      const endpointId = await tell(ctx, receiver)
      keep(receiver, { schedule: { delaysMs: [], jitter: 0, disableAfterMs: 60_000 } })
      const { id } = await createProfile(ctx, {})
      await updateProfile(ctx, { by: 'id', value: id }, { city: 'a' })
      await updateProfile(ctx, { by: 'id', value: id }, { city: 'b' })
      for (let n = 0; n < 3; n++) (await next()).answer(500)
      const failed = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'failed' })).items
      await expect.poll(async () => (await failed()).length).toBe(3)
      await resendDelivery(ctx, endpointId, (await failed()).at(-1)?.sequence ?? 0)
      const resent = await next()
      await recoverDeliveries(ctx, endpointId, new Date(0))
      // The recovery has been taken up once one of the others goes out.
      const recovered = await next()
      resent.answer(status)
      recovered.answer(204)
      const last = await next()
      last.answer(204)
      await updateProfile(ctx, { by: 'id', value: id }, { city: 'c' })
      const newest = await next()
      newest.answer(204)
      expect(JSON.parse(newest.body).data.after.city).toBe('c')
      await expect
        .poll(async () => (await listDeliveries(ctx, endpointId, { limit: 10 })).items.map(({ state }) => state))
        .toEqual(['delivered', 'delivered', 'delivered', status === 204 ? 'delivered' : 'failed'])
    },
  )

  it('is made also when nobody was told that it was asked for', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    keep(receiver)
    await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 1)
    const delivered = async () => (await listDeliveries(ctx, endpointId, { limit: 10, state: 'delivered' })).items
    await expect.poll(async () => (await delivered()).length).toBe(1)
    await ctx.db.query('update webhook_deliveries set due_at = now() where app_id = $1', [ctx.appId])
    await receiver.until(() => receiver.received.length === 2)
  })
})

describe('what is held behind nothing', () => {
  it('is let out by whoever takes the app', async () => {
    const receiver = await receive()
    const ctx = await newApp()
    const endpointId = await tell(ctx, receiver)
    const first = keep(receiver)
    await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 1)
    await first.close()
    keepers.splice(0)
    await ctx.db.query(
      `update webhook_deliveries set state = 'held', finished_at = null, attempts = 0 where app_id = $1`,
      [ctx.appId],
    )
    keep(receiver)
    await createProfile(ctx, {})
    await receiver.until(() => receiver.received.length === 3)
    expect((await listDeliveries(ctx, endpointId, { limit: 10, state: 'held' })).items).toEqual([])
  })
})
