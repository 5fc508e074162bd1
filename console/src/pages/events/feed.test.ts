import type { Client } from '@facet/sdk'
import { ProblemError } from '@facet/sdk/errors'
import { describe, expect, it } from 'vitest'
import { readBack } from './feed.ts'

interface Feed {
  readonly api: Client
  /** How many requests there were. */
  count(): number
}

/** A feed of `length` events, each `every`-th of them rare, of which the first are no longer kept. */
function feedOf(length: number, { every = 1, prunedThrough = 0 } = {}): Feed {
  let requests = 0
  const typeOf = (sequence: number) => (sequence % every === 0 ? 'rare' : 'common')
  const listEvents = async ({ query }: { query: { after: string; limit: number; type?: readonly string[] } }) => {
    requests += 1
    const { after: place, limit, type } = query
    if (place === 'latest') return { body: { data: [], nextAfter: length, more: false } }
    const after = Number(place)
    if (after < prunedThrough) throw pruned(prunedThrough + 1)
    const all = Array.from({ length: length - after }, (_, index) => after + 1 + index)
    const asked = type === undefined ? all : all.filter((sequence) => type.includes(typeOf(sequence)))
    const data = asked.slice(0, limit).map((sequence) => ({ sequence }))
    const more = asked.length > limit
    return { body: { data, nextAfter: more ? data.at(-1)?.sequence : length, more } }
  }
  return { api: { listEvents } as unknown as Client, count: () => requests }
}

function pruned(oldestSequence: number): ProblemError {
  const problem = { status: 410, code: 'events_pruned', detail: '', errors: [], oldestSequence }
  return new ProblemError(new Response('', { status: 410 }), problem as never)
}

const signal = new AbortController().signal

/** Every page, back to the first event. */
async function readAll({ api, count }: Feed, types: readonly string[]) {
  const sequences: (number | null)[] = []
  let [pages, mostRequests, before] = [0, 0, undefined as number | undefined]
  for (let more = true; more; pages++) {
    const requestsBefore = count()
    const part = await readBack(api, { before, types, signal })
    mostRequests = Math.max(mostRequests, count() - requestsBefore)
    expect(part.events.length).toBeLessThanOrEqual(50)
    expect(part.from).not.toBe(before)
    sequences.push(...part.events.map(({ sequence }) => sequence))
    ;({ more, from: before } = part)
  }
  return { sequences, pages, mostRequests }
}

/** From the newest to the oldest that is kept. */
function expected(length: number, every: number, prunedThrough: number): number[] {
  const all = Array.from({ length: length - prunedThrough }, (_, index) => length - index)
  return all.filter((sequence) => sequence % every === 0)
}

describe('reading the feed back', () => {
  it.each([
    { length: 0, every: 1, prunedThrough: 0 },
    { length: 1, every: 1, prunedThrough: 0 },
    { length: 50, every: 1, prunedThrough: 0 },
    { length: 51, every: 1, prunedThrough: 0 },
    { length: 1_000, every: 1, prunedThrough: 0 },
    { length: 5_000, every: 7, prunedThrough: 0 },
    { length: 30_000, every: 25_000, prunedThrough: 0 },
    { length: 1_000, every: 3, prunedThrough: 930 },
    { length: 1_000, every: 3, prunedThrough: 1_000 },
    { length: 120, every: 1, prunedThrough: 100 },
  ])('finds each event once, the newest first: %o', async ({ length, every, prunedThrough }) => {
    const feed = feedOf(length, { every, prunedThrough })
    const { sequences } = await readAll(feed, every === 1 ? [] : ['rare'])
    expect(sequences).toEqual(expected(length, every, prunedThrough))
  })

  it('needs two requests for the last page, and a bounded number for one without any', async () => {
    const common = feedOf(10_000)
    await readBack(common.api, { types: [], signal })
    expect(common.count()).toBe(2)
    const { pages, mostRequests } = await readAll(feedOf(60_000, { every: 1_000_000 }), ['rare'])
    expect(pages).toBe(3)
    expect(mostRequests).toBeLessThanOrEqual(7)
  })

  it('tells where what comes later begins, also on a page of earlier ones', async () => {
    const { api } = feedOf(120)
    expect(await readBack(api, { types: [], signal })).toMatchObject({ from: 71, end: 120, more: true })
    expect(await readBack(api, { before: 71, types: [], signal })).toMatchObject({ from: 21, end: 70, more: true })
  })

  it('lets every other refusal through', async () => {
    const api = { listEvents: () => Promise.reject(new Error('away')) } as unknown as Client
    await expect(readBack(api, { types: [], signal })).rejects.toThrow('away')
  })
})
