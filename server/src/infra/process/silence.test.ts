import { afterEach, expect, it, vi } from 'vitest'
import { watchSilence } from './silence.ts'

afterEach(() => vi.useRealTimers())

it('a child that answers lives, and one that stops answering is killed within 20 s, once, and told of', () => {
  vi.useFakeTimers()
  const error = vi.fn()
  const newChild = (pid: number) => ({ pid, kill: vi.fn(() => true), answers: true })
  const [lively, hung, loading] = [newChild(1), newChild(2), newChild(3)]
  const silence = watchSilence<typeof lively>((child) => child.answers && silence.broken(child), { error })
  for (const child of [lively, hung, loading]) silence.watch(child)
  loading.answers = false
  vi.advanceTimersByTime(60_000)
  expect(error).not.toHaveBeenCalled()
  hung.answers = false
  vi.advanceTimersByTime(15_000)
  expect(hung.kill).not.toHaveBeenCalled()
  vi.advanceTimersByTime(60_000)
  expect(hung.kill.mock.calls).toEqual([['SIGKILL']])
  expect(error.mock.calls).toEqual([[{ pid: 2 }, 'The API process does not answer: it is killed']])
  expect(lively.kill).not.toHaveBeenCalled()
  expect(loading.kill).not.toHaveBeenCalled()
  silence.close()
})
