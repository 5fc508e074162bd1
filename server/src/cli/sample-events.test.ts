import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { eventKinds, eventTypes } from '../core/event-types.ts'
import { createSequencer, getEvent } from '../core/feed/feed.service.ts'
import { timeOfId } from '../core/ids.ts'
import { inTx } from '../core/transactions.ts'
import { makeEvent } from './sample-events.ts'

const database = useDatabase()
const ajv = new Ajv2020({
  strict: true,
  formats: { uuid: /^[\da-f-]{36}$/, 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
})

describe('an event that is made to see one', () => {
  it.each(eventTypes)('%s: fits the catalogue, and two are about two things', async (type) => {
    const ctx = await database.newApp()
    const made = [await inTx(ctx, (tx) => makeEvent(tx, type)), await inTx(ctx, (tx) => makeEvent(tx, type))]
    await createSequencer(ctx, ctx.appId).number()
    const events = await Promise.all(made.map(({ id }) => getEvent(ctx, id)))
    const validate = ajv.compile(eventKinds[type].data)
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({ type, subjectId: made[index]?.subjectId, actor: ctx.actor })
      expect(event.sequence).toBeGreaterThan(0)
      expect(validate(JSON.parse(event.data)), `${event.data} ${JSON.stringify(validate.errors)}`).toBe(true)
    }
    const idsOf = ({ subjectId, data }: { subjectId: string; data: string }) => [
      subjectId,
      ...(data.match(/[\da-f]{8}-[\da-f-]{27}/g) ?? []),
    ]
    const [first, second] = events.map((event) => new Set(idsOf(event)))
    expect(first?.isDisjointFrom(second ?? new Set())).toBe(true)
  })

  it('tells of no end and no change that lies before the making', async () => {
    // As when the database could not be asked at once: what is made is made later than the command was given.
    const ctx = { ...(await database.newApp()), now: new Date(Date.now() - 5_000) }
    const types = ['profile.updated', 'profile.email_changed', 'profile.deleted', 'api_key.revoked'] as const
    const made = await Promise.all(types.map((type) => inTx(ctx, (tx) => makeEvent(tx, type))))
    await createSequencer(ctx, ctx.appId).number()
    for (const { id, subjectId } of made) {
      const { time, type } = await getEvent(ctx, id)
      expect(time.getTime(), type).toBeGreaterThanOrEqual(timeOfId(subjectId).getTime())
    }
  })
})
