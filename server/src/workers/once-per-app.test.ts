import { describe, expect, it, vi } from 'vitest'
import { oncePerApp } from './once-per-app.ts'

/** Work that goes on until a test lets it end, and the apps for which it was asked for again. */
function openWork() {
  const begun: { readonly appId: string; readonly end: (more: boolean) => void; readonly fail: () => void }[] = []
  const again: string[] = []
  const work = oncePerApp<object>(
    (_, appId) => {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>()
      begun.push({ appId, end: resolve, fail: () => reject(new Error('away')) })
      return promise
    },
    async (_, appId) => void again.push(appId),
  )
  return { begun, again, work: (appId: string) => work({}, appId) }
}

describe('work once per app', () => {
  it('is done once more for all who come while it is done, and they need not wait', async () => {
    const { begun, again, work } = openWork()
    const first = work('a')
    await Promise.all([work('a'), work('a'), work('a')])
    expect(begun).toHaveLength(1)
    begun[0]?.end(false)
    await expect.poll(() => begun.length).toBe(2)
    begun[1]?.end(false)
    await first
    expect([begun.length, again]).toEqual([2, []])
  })

  it('is done once more when it says that there is more, and after a second is asked for again instead', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { begun, again, work } = openWork()
      const first = work('a')
      begun[0]?.end(true)
      await vi.waitFor(() => expect(begun).toHaveLength(2))
      vi.setSystemTime(Date.now() + 1_000)
      begun[1]?.end(true)
      await first
      expect([begun.length, again]).toEqual([2, ['a']])
    } finally {
      vi.useRealTimers()
    }
  })

  it('of one app does not wait for that of another', () => {
    const { begun, work } = openWork()
    void work('a')
    void work('b')
    expect(begun.map(({ appId }) => appId)).toEqual(['a', 'b'])
  })

  it('that fails fails the job that did it, which is done again, and the next one begins anew', async () => {
    const { begun, again, work } = openWork()
    const first = work('a')
    await work('a')
    begun[0]?.fail()
    await expect(first).rejects.toThrow('away')
    void work('a')
    expect([begun.length, again]).toEqual([2, []])
  })
})
