import { describe, expect, it } from 'vitest'
import type { FeedEvent } from '../stored-events.ts'
import { toEventJson } from './event-json.ts'

const event: FeedEvent = {
  id: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
  appId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f02',
  sequence: 7,
  type: 'profile.updated',
  subjectId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f03',
  time: new Date('2026-11-22T10:00:00.123Z'),
  actor: { kind: 'operator', id: 'Ada "A" Lovelace' },
  requestId: null,
  data: '{"before": {"city": null}, "after": {"city":"\\u0000", "n":1.50}}',
}

describe('an event as JSON', () => {
  it('has its members in one order, and its data letter by letter as it was written', () => {
    expect(toEventJson(event)).toBe(
      '{"id":"019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01","type":"profile.updated","sequence":7,' +
        '"appId":"019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f02","time":"2026-11-22T10:00:00.123Z",' +
        '"actor":{"kind":"operator","id":"Ada \\"A\\" Lovelace"},"requestId":null,' +
        '"profileId":"019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f03","subjectId":"019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f03",' +
        '"data":{"before": {"city": null}, "after": {"city":"\\u0000", "n":1.50}}}',
    )
  })

  it('names a profile only when it is about one, and has no sequence before it is numbered', () => {
    const told = JSON.parse(toEventJson({ ...event, type: 'api_key.created', sequence: null }))
    expect(told).toMatchObject({ profileId: null, subjectId: event.subjectId, sequence: null })
    expect(JSON.parse(toEventJson({ ...event, type: 'wallet.created' })).profileId).toBe(event.subjectId)
  })

  it('is told also when its type is newer than this process', () => {
    const newer = { ...event, type: 'profile.frozen' as FeedEvent['type'] }
    expect(JSON.parse(toEventJson(newer))).toMatchObject({ type: 'profile.frozen', profileId: null })
  })
})
