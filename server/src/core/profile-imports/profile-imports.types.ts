import type { Actor } from '../context.ts'
import type { Attributes } from '../profiles/profiles.types.ts'

/** Attributes to set on a profile that is there: null takes one away, and what is not named stays. */
export interface ProfileImport {
  /** The profile's twenty digits. */
  readonly longId: string
  /** At most 100. */
  readonly attributes: Attributes
}

/** One that waits for a worker, and on whose behalf it is done. */
export interface WaitingImport extends ProfileImport {
  /** UUIDv7: the order of ids is the order of their coming. */
  readonly id: string
  readonly actor: Actor
  readonly requestId: string | null
}
