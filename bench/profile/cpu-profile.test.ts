import { expect, test } from 'vitest'
import { type CpuProfile, cut, framesIn, treeOf } from './cpu-profile.ts'

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 4 })

/** `serve` calls `read` of a package; the process starts, serves, and ends, with nothing to do in between. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 5] },
    { id: 2, callFrame: frame('(idle)') },
    {
      id: 3,
      callFrame: frame('serve', 'file:///home/facet/server/src/core/profiles/profiles.service.ts'),
      children: [4],
    },
    { id: 4, callFrame: frame('read', 'file:///home/facet/node_modules/@scope/driver/lib/read.js') },
    { id: 5, callFrame: frame('start', 'node:internal/modules/run_main') },
  ],
  startTime: 1_000,
  endTime: 2_000,
  samples: [5, 3, 4, 2, 4, 5],
  timeDeltas: [100, 100, 200, 300, 50, 250],
}

test('the time of a function is that of its samples between two moments, idle time left out', () => {
  const tree = treeOf(cut(profile, 1_150, 1_800))

  expect(tree.totalMicros).toBe(350)
  const times = [...framesIn(tree)].map(({ name, selfMicros, totalMicros }) => [name, selfMicros, totalMicros])
  expect(times).toEqual([
    ['(root)', 0, 350],
    ['serve', 100, 350],
    ['read', 250, 250],
  ])
})

test('a function belongs to a folder of the server, a package or a part of Node', () => {
  const all = [...framesIn(treeOf(profile))]

  expect(all.map(({ module, place }) => [module, place])).toEqual([
    ['(root)', ''],
    ['server: core/profiles', 'core/profiles/profiles.service.ts:5'],
    ['@scope/driver', '@scope/driver/lib/read.js:5'],
    ['node:internal/modules', 'node:internal/modules/run_main:5'],
  ])
})
