import type { Cleanup } from '../cleanup.ts'

/** In path and body `{new}` is a fresh reference, `{seeded}` one of the first rows, `{id}` drawn from `ids`. */
export interface PeerAsk {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly expectedStatus: number
}

/** What a user would pick instead, as it runs beside Facet. */
export interface Peer {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly installBytes: number
  readonly startMs: number
  readonly node: string
  readonly create: PeerAsk
  readonly get: PeerAsk
  readonly list: PeerAsk
  readonly ids?: readonly string[]
  countStored(): Promise<number>
  readonly note?: string
}

/** One that could not be installed or started. */
export interface AbsentPeer {
  readonly name: string
  readonly error: string
}

export interface PeersOrder {
  readonly databaseUrl: string
  readonly folder: string
  readonly rows: number
  readonly who: string
}

/** Starts those whose name contains `who`. */
export async function startPeers(
  _order: PeersOrder,
  _say: (line: string) => void,
  _cleanup: Cleanup,
): Promise<readonly (Peer | AbsentPeer)[]> {
  return []
}
