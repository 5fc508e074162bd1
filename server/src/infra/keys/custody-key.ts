import type { CustodyKey } from '../../core/ports.ts'
import { createSealer } from './credentials-key.ts'
import type { WrappingKey } from './wrapping-key.ts'

/** Where custody keys are looked for. */
export interface CustodyKeys {
  /** The one that a rotation moves to. */
  readonly first: WrappingKey
  /** The key of an id, when it is at hand. */
  find(id: string): Promise<WrappingKey | undefined>
}

/** The port of the core over the keys that are at hand. */
export function createCustodyKey({ first, find }: CustodyKeys): CustodyKey {
  const get = async (id: string): Promise<WrappingKey> => {
    const key = await find(id)
    if (key === undefined) throw new Error(`The custody key ${id} is not at hand`)
    return key
  }
  return {
    id: first.id,
    wrap: async (id, place, dataKey) => (await get(id)).wrap(place, dataKey),
    unwrap: async (id, place, wrapped) => (await get(id)).unwrap(place, wrapped),
    sealerOf: createSealer,
  }
}
