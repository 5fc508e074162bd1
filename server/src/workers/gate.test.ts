import { expect, it } from 'vitest'
import { createGate } from './gate.ts'

it('lets in as many as there is room for, in their order, also when work fails', async () => {
  const gate = createGate(2)
  const ends: (() => void)[] = []
  const begun: number[] = []
  let running = 0
  let most = 0
  const all = Array.from({ length: 6 }, (_, n) =>
    gate(async () => {
      begun.push(n)
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => ends.push(resolve))
      running--
      if (n === 1) throw new Error('failed')
      return n
    }).catch((error: Error) => error.message),
  )
  for (let n = 0; n < 6; n++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0)
    ends.shift()?.()
  }
  expect(await Promise.all(all)).toEqual([0, 'failed', 2, 3, 4, 5])
  expect(begun).toEqual([0, 1, 2, 3, 4, 5])
  expect(most).toBe(2)
})
