import type { Table } from '../tables.ts'
import { type Frame, framesIn } from './cpu-profile.ts'

const most = 25

/** Where the time goes by itself, what it calls left out: by function and by module. `requests` were answered meanwhile. */
export function topTables(tree: Frame, requests: number): Table[] {
  const all = [...framesIn(tree)]
  const byFunction = (frame: Frame) => (frame.place === '' ? frame.name : `${frame.name} ${frame.place}`)
  return [
    topOf('functions by their own time', all, tree, requests, byFunction),
    topOf('modules by their own time', all, tree, requests, ({ module }) => module),
  ]
}

function topOf(
  title: string,
  frames: readonly Frame[],
  { totalMicros }: Frame,
  requests: number,
  keyOf: (frame: Frame) => string,
): Table {
  const micros = new Map<string, number>()
  for (const frame of frames) micros.set(keyOf(frame), (micros.get(keyOf(frame)) ?? 0) + frame.selfMicros)
  const top = [...micros].sort(([, a], [, b]) => b - a).slice(0, most)
  const cells = top.map(([name, own]) => [
    name,
    `${((own / totalMicros) * 100).toFixed(1)} %`,
    (own / requests).toFixed(1),
  ])
  return { title, words: 1, cells: [[title.replace(/s .*/, ''), 'of busy time', 'µs a request'], ...cells] }
}
