import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ownTurn } from './derivation-turns.ts'

it('lets all go on in their order, at most six in a turn of the event loop', async () => {
  const gone: number[] = []
  const all = Promise.all(Array.from({ length: 15 }, (_, n) => ownTurn().then(() => gone.push(n))))
  const inTurns: number[] = []
  while (gone.length < 15) {
    const before = gone.length
    await nextTurn()
    inTurns.push(gone.length - before)
  }
  await all
  expect(gone).toEqual(Array.from({ length: 15 }, (_, n) => n))
  expect(inTurns.filter((count) => count > 0)).toEqual([6, 6, 3])
})
