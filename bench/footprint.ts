import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installBytesOfFacet } from './install-size.ts'
import type { Stage } from './stage.ts'
import type { Leg } from './types.ts'

/** What an installation takes, and how soon it is there. */
export interface Footprint {
  readonly name: string
  readonly version: string
  readonly node: string
  readonly installBytes: number
  readonly startMs: number
  /** The most that its processes held in any leg; null where they were not looked at. */
  readonly memoryBytes: number | null
  readonly note?: string
}

/** One that took no part. */
export interface Absent {
  readonly name: string
  readonly error: string
}

const manifest = join(import.meta.dirname, '../package.json')

/** Facet's and its peers'. */
export function footprintsOf({ facet, peers }: Stage, legs: readonly Leg[]): (Footprint | Absent)[] {
  const memoryOf = (isOwn: (leg: Leg) => boolean) => {
    const held = legs.filter(isOwn).map(({ memoryBytes }) => memoryBytes ?? 0)
    return Math.max(0, ...held) || null
  }
  const own: Footprint = {
    name: 'Facet',
    version: JSON.parse(readFileSync(manifest, 'utf8')).version,
    node: process.version,
    installBytes: installBytesOfFacet(),
    startMs: facet.startMs,
    memoryBytes: memoryOf(({ kind }) => kind === 'facet'),
    note: 'server and worker process; the embedded PostgreSQL is in the size, not in the memory',
  }
  const theirs = peers.map((peer): Footprint | Absent => {
    if ('error' in peer) return peer
    const { name, version, node, installBytes, startMs, note } = peer
    const memoryBytes = memoryOf((leg) => leg.kind === 'peer' && leg.contestant === name)
    return { name, version, node, installBytes, startMs, memoryBytes, ...(note === undefined ? {} : { note }) }
  })
  return [own, ...theirs]
}
