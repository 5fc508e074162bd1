import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Places, Windows } from '../../core/ports.ts'
import { createNodeCounts, type NodeCounts, type Question } from './node-counts.ts'
import { type JoinedSiblings, joinSiblings } from './siblings.ts'

let counts: NodeCounts
let answering = true
const unanswered: (() => void)[] = []
const onSilence = vi.fn()

beforeEach(() => {
  counts = createNodeCounts()
  answering = true
})
afterEach(() => {
  counts.close()
  unanswered.length = 0
  onSilence.mockClear()
  vi.useRealTimers()
})

/** One of several processes, what it asked so far, and how it ends. */
function newProcess(): { siblings: JoinedSiblings; asked: (readonly Question[])[]; end: () => void } {
  const self = {}
  const asked: (readonly Question[])[] = []
  const siblings = joinSiblings((said) => {
    if (!('questions' in said)) return
    asked.push(said.questions)
    const answer = () => siblings.hear({ answers: counts.answer(self, said.questions) })
    if (answering) setImmediate(answer)
    else unanswered.push(answer)
  }, onSilence)
  return { siblings, asked, end: () => counts.forget(self) }
}

const own: Windows = {
  count: async () => ({ count: -1, msLeft: 1 }),
  look: async () => ({ count: -2, msLeft: 2 }),
  takeBack: async () => {},
}

const roomy: Places = { hold: async () => () => {} }

it('processes count in the same windows: each request is another one, whoever took it', async () => {
  const windows = [newProcess(), newProcess()].map(({ siblings }) => siblings.windows('w', 60, own))
  const tallies = await Promise.all(Array.from({ length: 100 }, (_, n) => windows[n % 2]?.count('a')))
  expect(tallies.map((tally) => tally?.count).sort((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, n) => n + 1),
  )
  await windows[0]?.takeBack('a')
  expect(await windows[1]?.look('a')).toEqual({ count: 99, msLeft: expect.any(Number) })
  expect(await windows[1]?.look('b')).toBeUndefined()
})

it('a window ends when its time is over, and the next one begins with the next request', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const windows = newProcess().siblings.windows('w', 1, own)
  expect(await windows.count('a')).toEqual({ count: 1, msLeft: 1_000 })
  vi.advanceTimersByTime(999)
  expect(await windows.count('a')).toEqual({ count: 2, msLeft: 1 })
  vi.advanceTimersByTime(1)
  expect(await windows.look('a')).toBeUndefined()
  expect(await windows.count('a')).toEqual({ count: 1, msLeft: 1_000 })
})

it('requests of one moment are asked for in one message, and those that come meanwhile in the next', async () => {
  const { siblings, asked } = newProcess()
  const windows = siblings.windows('w', 60, own)
  const first = Promise.all([windows.count('a'), windows.count('b')])
  await vi.waitUntil(() => asked.length === 1)
  await Promise.all([first, windows.count('c'), windows.count('d'), windows.count('e')])
  expect(asked.map((questions) => questions.length)).toEqual([2, 3])
})

it('places are of all processes, and those of one that is gone are free', async () => {
  const [one, two] = [newProcess(), newProcess()]
  const [here, there] = [one.siblings.places(roomy), two.siblings.places(roomy)]
  const give = await here.hold('a', 2)
  expect(await there.hold('a', 2)).toBeDefined()
  expect(await here.hold('a', 2)).toBeUndefined()
  expect(await here.hold('b', 2)).toBeDefined()
  give?.()
  expect(await here.hold('a', 2)).toBeDefined()
  expect(await here.hold('a', 2)).toBeUndefined()
  two.end()
  expect(await here.hold('a', 2)).toBeDefined()
  expect(await here.hold('a', 2)).toBeUndefined()
})

it('without an answer a process counts for itself, at once from the second request on, until there is one again', async () => {
  const { siblings, asked } = newProcess()
  const windows = siblings.windows('w', 60, own)
  const places = siblings.places(roomy)
  expect((await windows.count('a')).count).toBe(1)
  const given = await places.hold('p', 1)
  answering = false
  expect([(await windows.count('a')).count, await windows.look('a')]).toEqual([-1, { count: -2, msLeft: 2 }])
  const begin = performance.now()
  const late = await places.hold('p', 1)
  expect((await windows.count('a')).count).toBe(-1)
  expect(performance.now() - begin).toBeLessThan(100)
  given?.()
  expect(asked).toHaveLength(3)
  answering = true
  expect(onSilence).toHaveBeenCalledTimes(1)
  for (const answer of unanswered) answer()
  // What was given back meanwhile is said now, and what was asked for is counted.
  await vi.waitUntil(() => asked.length === 4)
  expect((await windows.count('a')).count).toBe(3)
  late?.()
  expect(await places.hold('p', 1)).toBeDefined()
  expect(await places.hold('p', 1)).toBeUndefined()
})

it('a place that was granted too late to be heard of is given back with the one that was taken instead', async () => {
  const { siblings } = newProcess()
  const places = siblings.places(roomy)
  answering = false
  const give = await places.hold('p', 1)
  answering = true
  for (const answer of unanswered) answer()
  expect(await places.hold('p', 1)).toBeUndefined()
  give?.()
  expect(await places.hold('p', 1)).toBeDefined()
})

it('an answer that came while the process itself stood still counts', async () => {
  const { port1, port2 } = new MessageChannel()
  const siblings = joinSiblings((said) => {
    if ('questions' in said) port2.postMessage(counts.answer(port2, said.questions))
    const begin = performance.now()
    while (performance.now() - begin < 600);
  }, onSilence)
  port1.on('message', (answers) => siblings.hear({ answers }))
  expect((await siblings.windows('w', 60, own).count('a')).count).toBe(1)
  port1.close()
})

it('metrics of all are asked for once at a time; whoever waits is told when there are none, or none in time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const say = vi.fn()
  const siblings = joinSiblings(say, onSilence)
  const both = [siblings.metrics(), siblings.metrics()]
  expect(say).toHaveBeenCalledTimes(1)
  siblings.hear({ metricsOfAll: 'text' })
  expect(await Promise.all(both)).toEqual(['text', 'text'])
  const failed = siblings.metrics()
  siblings.hear({ metricsFailed: true })
  await expect(failed).rejects.toThrow('could not be added up')
  const late = siblings.metrics()
  vi.advanceTimersByTime(5_000)
  await expect(late).rejects.toThrow('No metrics of all processes in time')
})
