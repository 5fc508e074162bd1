import { describe, expect, it } from 'vitest'
import { createLane, type Lane, limitsOf, renewLane, roomsOf, slots } from './lanes.ts'
import type { LiveEndpoint } from './webhooks.queries.ts'

function endpoint(changes: Partial<LiveEndpoint> = {}): LiveEndpoint {
  return {
    ...{ id: 'e', mode: 'live', url: 'https://example.com/', types: ['*'], excludeActor: null, signature: 'standard' },
    ...{ state: 'active', disabledReason: null, failingSince: null, recoverSince: null, secrets: [] },
    ...changes,
  }
}
const lanes = (count: number): Lane[] =>
  Array.from({ length: count }, (_, n) => createLane(endpoint({ id: `${n}` }), []))

describe('the memory of an app', () => {
  it.each([1, 10, 32, 100, 200, 500])(
    'holds what %i endpoints have in it, each a share that none can take',
    (count) => {
      const limits = limitsOf(count)
      expect(limits.slots).toBeGreaterThanOrEqual(2)
      expect(limits.slots).toBeLessThanOrEqual(slots)
      expect(count * (limits.slots + limits.ready)).toBeLessThanOrEqual(2_048)
    },
  )

  it.each([1, 10, 200, 500])('is filled from the database in parts, for %i endpoints too', (count) => {
    const rooms = roomsOf(lanes(count), limitsOf(count))
    expect(rooms).toHaveLength(count)
    expect(Math.min(...rooms.map(({ room }) => room))).toBeGreaterThanOrEqual(1)
    expect(rooms.reduce((sum, { room }) => sum + room, 0)).toBeLessThanOrEqual(512)
  })
})

describe('an endpoint that was changed', () => {
  const failing = () => createLane(endpoint({ failingSince: new Date(0) }), [])

  it('starts anew when the database says that it fails no more', () => {
    const lane = failing()
    renewLane(lane, endpoint(), [])
    expect(lane).toMatchObject({ failingSince: null, failingNoted: false, behind: true, nextDueAt: 0 })
  })

  it('goes on failing when something else was changed', () => {
    const lane = failing()
    renewLane(lane, endpoint({ failingSince: new Date(0), types: ['profile.*'] }), [])
    expect(lane).toMatchObject({ failingSince: new Date(0), failingNoted: true })
  })

  it('is given what stood ready again once it is resumed', () => {
    const [lane] = lanes(1) as [Lane]
    const delivery = { endpointId: '0', sequence: 1, eventId: '', type: '', subjectId: '', event: undefined }
    lane.ready.push({ ...delivery, state: 'due', attempts: 0, round: 0 })
    lane.nextDueAt = Number.POSITIVE_INFINITY
    renewLane(lane, endpoint({ id: '0', state: 'paused' }), [])
    expect(lane).toMatchObject({ ready: [], nextDueAt: 0 })
  })
})
