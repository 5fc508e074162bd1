import { closeSync, openSync } from 'node:fs'
import { expect, it } from 'vitest'
import { piecesOf } from './log.ts'

it.each([
  ['a file', import.meta.filename, 16_384],
  ['anything else, as a pipe that processes share,', '/dev/null', 4_096],
])('%s is written to in pieces that it takes whole', (_what, path, most) => {
  const descriptor = openSync(path, 'r')
  expect(piecesOf(descriptor).maxWrite).toBe(most)
  closeSync(descriptor)
})
