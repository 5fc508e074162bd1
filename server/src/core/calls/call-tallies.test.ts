import { describe, expect, it } from 'vitest'
import { createCallTallies } from './call-tallies.ts'
import type { AnsweredCall } from './calls.types.ts'

const minuteMs = 60_000
const at = Date.UTC(2026, 10, 25, 12)

function call(more: Partial<AnsweredCall> = {}): AnsweredCall {
  return { atMs: at, dialect: 'native', method: 'GET', route: '/x', status: 200, ms: 3, requestId: 'r', ...more }
}

describe('tallies', () => {
  it('are kept apart by app, dialect and minute', () => {
    const tallies = createCallTallies(100)
    tallies.add('a', call())
    tallies.add('a', call({ atMs: at + minuteMs - 1, status: 399 }))
    tallies.add('a', call({ atMs: at + minuteMs, status: 400 }))
    tallies.add('a', call({ dialect: 'other', status: 499 }))
    tallies.add('b', call({ status: 500 }))
    const taken = tallies.take().map(({ appId, dialect, minuteMs: minute, requests, errors, serverErrors }) => {
      return [appId, dialect, minute - at, requests, errors, serverErrors]
    })
    expect(taken).toEqual([
      ['a', 'native', 0, 2, 0, 0],
      ['a', 'native', minuteMs, 1, 1, 0],
      ['a', 'other', 0, 1, 1, 0],
      ['b', 'native', 0, 1, 1, 1],
    ])
    expect(tallies.take()).toEqual([])
  })

  it('hold no more than the first few calls themselves, errors apart from others, however many come', () => {
    const tallies = createCallTallies(100)
    for (let n = 0; n < 1_000; n++) tallies.add('a', call({ status: n % 2 === 0 ? 200 : 404, requestId: String(n) }))
    const [tally] = tallies.take()
    expect(tally).toMatchObject({ requests: 1_000, errors: 500 })
    expect(tally?.successes.map(({ requestId }) => requestId)).toEqual(['0', '2', '4', '6', '8'])
    expect(tally?.failures.map(({ requestId }) => Number(requestId))).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19])
  })

  it('are added up when they are put back, and hold no more calls for that', () => {
    const tallies = createCallTallies(100)
    for (let n = 0; n < 8; n++) tallies.add('a', call({ status: 404, ms: 1 }))
    const taken = tallies.take()
    for (let n = 0; n < 8; n++) tallies.add('a', call({ status: 500, ms: 60_000 }))
    tallies.add('b', call())
    tallies.putBack(taken)
    const [ofA, ofB] = tallies.take()
    expect(ofA).toMatchObject({ requests: 16, errors: 16, serverErrors: 8 })
    expect([ofA?.latencies.at(0), ofA?.latencies.at(-1), ofA?.failures.length]).toEqual([8, 8, 10])
    expect(ofB).toMatchObject({ appId: 'b', requests: 1 })
    expect(tallies.dropped).toBe(0)
  })

  it('drop and count what there is no room for, new or put back, and go on with those that they hold', () => {
    const tallies = createCallTallies(2)
    for (const appId of ['a', 'b', 'c', 'd', 'a']) tallies.add(appId, call())
    expect(tallies.dropped).toBe(2)
    const taken = tallies.take()
    expect(taken.map(({ appId, requests }) => [appId, requests])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    tallies.add('c', call())
    tallies.putBack(taken)
    expect(tallies.dropped).toBe(3)
    expect(tallies.take().map(({ appId }) => appId)).toEqual(['c', 'a'])
  })
})
