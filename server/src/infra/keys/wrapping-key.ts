import { createHmac, hkdfSync } from 'node:crypto'
import type { DataKeyPlace } from '../../core/ports.ts'
import { createSealer } from './credentials-key.ts'

/** One custody key. */
export interface WrappingKey {
  readonly id: string
  /** Throws KeyOutage, as `unwrap`. */
  wrap(place: DataKeyPlace, dataKey: Buffer): Promise<Buffer>
  /** Throws when it was wrapped for another place, with another key, or was changed. */
  unwrap(place: DataKeyPlace, wrapped: Buffer): Promise<Buffer>
}

/** Whoever holds the key does not answer, or cannot now: what was asked may succeed a moment later. */
export class KeyOutage extends Error {}

/** The 32 bytes of a custody key as a key that wraps: AES-256-GCM, the place bound into what it wraps. */
export function createLocalKey(bytes: Buffer): WrappingKey {
  // Separate keys for separate uses, so that the id says nothing of the key that wraps.
  const sealer = createSealer(derive(bytes, 'facet custody wrap v1'))
  const rowOf = ({ appId, dataKeyId }: DataKeyPlace) => `${appId}/${dataKeyId}`
  return {
    id: createHmac('sha256', derive(bytes, 'facet custody id v1')).update('id').digest('hex').slice(0, 16),
    wrap: async (place, dataKey) => sealer.seal('custody_data_keys.wrapped', rowOf(place), dataKey),
    unwrap: async (place, wrapped) => sealer.open('custody_data_keys.wrapped', rowOf(place), wrapped),
  }
}

function derive(bytes: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, '', use, 32))
}
