import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { quickSchedule, startKeeper, type TestKeeper, type TestKeeperOptions } from '../../test/helpers/feed-keeper.ts'
import { type Answer, openReceiver, type WebhookReceiver } from '../../test/helpers/webhook-receiver.ts'
import type { Ctx } from '../core/context.ts'
import { createSequencer, listEvents } from '../core/feed/feed.service.ts'
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
