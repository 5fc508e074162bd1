import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createBoundedQueue } from './bounded-queue.ts'

const hashes = { fault: 'hashing_exhausted', guessedMs: 25 } as const

/** Work that ends when it is told to. */
function held() {
  const began: number[] = []
  const ends: (() => void)[] = []
  const work = (id: number) => async () => {
    began.push(id)
    await new Promise<void>((resolve) => ends.push(resolve))
    return id
  }
  return { began, work, end: () => ends.shift()?.() }
}

describe('createBoundedQueue', () => {
  it('runs as many at once as it is wide, and the others in the order in which they came', async () => {
    const queue = createBoundedQueue({ width: 2, longest: 10, ...hashes })
    const { began, work, end } = held()
    const all = [0, 1, 2, 3, 4].map((id) => queue.run(work(id)))
    expect(began).toEqual([0, 1])
    for (const expected of [
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 1, 2, 3, 4],
    ]) {
      end()
      await turn()
      expect(began).toEqual(expected)
    }
    end()
    end()
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
  })

  it('refuses who would have to wait behind as many as may, and takes them again once there is room', async () => {
    const queue = createBoundedQueue({ width: 1, longest: 1, ...hashes })
    const { work, end } = held()
    const taken = [queue.run(work(0)), queue.run(work(1))]
    await expect(queue.run(work(2))).rejects.toMatchObject({ fault: { code: 'hashing_exhausted', retryAfterMs: 25 } })
    end()
    await taken[0]
    taken.push(queue.run(work(3)))
    for (const one of taken.slice(1)) {
      await turn()
      end()
      await one
    }
  })

  it('goes on after work that failed', async () => {
    const queue = createBoundedQueue({ width: 1, longest: 2, ...hashes })
    const broken = queue.run(() => Promise.reject(new Error('broken')))
    const next = queue.run(async () => 'next')
    await expect(broken).rejects.toThrow('broken')
    expect(await next).toBe('next')
    expect(await queue.run(async () => 'later')).toBe('later')
  })
})
