import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DatabaseError, type Db } from './db.ts'
import { DomainFault } from './errors.ts'
import { gathered } from './gather.ts'

const nobodyAsks = () => Promise.reject(new Error('Nobody asks it'))
const db: Db = { inTransaction: false, query: nobodyAsks, transaction: nobodyAsks, notify: nobodyAsks, onNotify() {} }
const ctx = { db, appId: 'app' }
const bounds = { mostItems: 4, mostBytes: 100, bytesOf: (item: string) => item.length }
const refused = new DatabaseError('refused', '22001', undefined, undefined)

/** Work whose statements end when they are told to; an item that is called so fails. */
function scripted() {
  const sent: string[][] = []
  const ends: (() => void)[] = []
  const ask = gathered<string, string>({
    ...bounds,
    together(_ctx, items) {
      sent.push([...items])
      if (items.includes('refused')) return Promise.reject(refused)
      if (items.includes('lost')) return Promise.reject(new DomainFault({ code: 'database_unavailable' }))
      if (items.includes('at once')) return Promise.resolve(items.map((item) => item.toUpperCase()))
      return new Promise((resolve) => {
        ends.push(() => resolve(items.map((item) => item.toUpperCase())))
      })
    },
  })
  return { sent, ask: (item: string) => ask(ctx, item), askIn: ask, end: () => ends.shift()?.() }
}

const moment = () => new Promise((resolve) => setImmediate(resolve))
const reasons = (results: readonly PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error)))

describe('gathered', () => {
  it('sends what comes alone at once, and what comes meanwhile together, up to its bounds', async () => {
    const { sent, ask, end } = scripted()
    const first = ask('a')
    await moment()
    expect(sent).toEqual([['a']])
    const others = ['b', 'c', 'd', 'e', 'f'].map(ask)
    const long = [ask('x'.repeat(100)), ask('yy')]
    await moment()
    expect(sent).toHaveLength(1)
    end()
    expect(await first).toBe('A')
    for (let i = 0; i < 4; i++) {
      end()
      await moment()
    }
    expect(await Promise.all(others)).toEqual(['B', 'C', 'D', 'E', 'F'])
    await Promise.all(long)
    expect(sent.slice(1)).toEqual([['b', 'c', 'd', 'e'], ['f'], ['x'.repeat(100)], ['yy']])
  })

  it('keeps apps, databases and transactions apart', async () => {
    const { sent, askIn } = scripted()
    const other = { ...db }
    const all = [
      askIn(ctx, 'at once'),
      askIn({ db, appId: 'other' }, 'at once'),
      askIn({ db: other, appId: 'app' }, 'at once'),
      askIn({ db: { ...db, inTransaction: true }, appId: 'app' }, 'at once'),
    ]
    await Promise.all(all)
    expect(sent).toHaveLength(4)
  })

  it('repeats one by one what was refused together, and each hears its own', async () => {
    const { sent, ask, end } = scripted()
    const all = Promise.allSettled(['a', 'refused', 'b'].map(ask))
    await moment()
    await moment()
    end()
    end()
    expect(reasons(await all)).toEqual(['A', refused, 'B'])
    expect(sent[0]).toEqual(['a', 'refused', 'b'])
    expect(sent.slice(1).toSorted()).toEqual([['a'], ['b'], ['refused']])
  })

  it('repeats nothing when it cannot be known what was done, and goes on with what comes next', async () => {
    const { sent, ask } = scripted()
    const all = reasons(await Promise.allSettled(['a', 'lost'].map(ask)))
    expect(all).toEqual([expect.any(DomainFault), expect.any(DomainFault)])
    expect(sent).toEqual([['a', 'lost']])
    expect(await ask('at once')).toBe('AT ONCE')
  })

  it('goes on behind as many as four that last, as soon as one of them ends', async () => {
    const { sent, ask, end } = scripted()
    const lasting: Promise<string>[] = []
    for (const item of ['a', 'b', 'c', 'd']) {
      lasting.push(ask(item))
      await expect.poll(() => sent.length).toBe(lasting.length)
    }
    const next = ask('at once')
    await wait(250)
    expect(sent).toHaveLength(4)
    end()
    expect(await next).toBe('AT ONCE')
    for (let i = 0; i < 3; i++) end()
    expect(await Promise.all(lasting)).toEqual(['A', 'B', 'C', 'D'])
  })

  it('refuses what would wait with a thousand others, or for longer than five seconds', async () => {
    const { ask, end } = scripted()
    const first = ask('a')
    await moment()
    const since = performance.now()
    let refusedOnes = 0
    const all = Array.from({ length: 1_100 }, (_, i) => ask(`${i}`).catch(() => refusedOnes++))
    await expect.poll(() => refusedOnes, { interval: 50 }).toBe(100)
    // The first and three more, with four each, are under way.
    await expect.poll(() => refusedOnes, { interval: 50, timeout: 6_000 }).toBe(1_100 - 12)
    expect(performance.now() - since).toBeGreaterThan(4_900)
    for (let i = 0; i < 3; i++) end()
    end()
    await Promise.all(all)
    expect(await first).toBe('A')
  })
})
