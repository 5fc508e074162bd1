import { expect, test, vi } from 'vitest'
import { createCleanup } from './cleanup.ts'

test('folders go when processes and then databases have ended, be it that one of them never does', async () => {
  vi.useFakeTimers()
  const undone: string[] = []
  const cleanup = createCleanup()
  cleanup.add(() => undone.push('folder'), 'folder')
  cleanup.add(() => undone.push('database'), 'database')
  cleanup.add(() => new Promise(() => {}))
  cleanup.add(() => undone.push('process'))
  const over = cleanup.run()

  expect(undone).toEqual(['process'])
  await vi.advanceTimersByTimeAsync(30_000)
  await over
  expect(undone).toEqual(['process', 'database', 'folder'])
  cleanup.add(() => undone.push('late'))
  expect(undone).toContain('late')
  vi.useRealTimers()
})
