import type { Actor } from '../context.ts'
import type { Attributes } from '../profiles/profiles.types.ts'

/** Attributes to set on a profile that is there; what is not named stays. */
export interface ProfileImport {
  /** The profile's twenty digits. */
  readonly longId: string
  /** At most 100. */
  readonly attributes: Attributes
}

/** What waits in the queue: the imports, and on whose behalf they are done. */
export interface ImportOrder {
  readonly appId: string
  readonly actor: Actor
  readonly requestId: string | null
  readonly imports: readonly ProfileImport[]
}
