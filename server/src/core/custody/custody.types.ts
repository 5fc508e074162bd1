import type { JobCtx } from '../context.ts'
import type { CustodyKey } from '../ports.ts'

/** The steps of making a seed, each named after what is done by then. */
export const custodySteps = ['seed_drawn', 'seed_stored'] as const
export type CustodyStep = (typeof custodySteps)[number]

/** The context of work with seeds. Only the worker process and commands of an operator have a custody key. */
export interface CustodyCtx extends JobCtx {
  readonly custodyKey: CustodyKey
  /** Called at each step: tests end the process there. */
  readonly atStep?: (step: CustodyStep) => void
}

/** The two forms in which a seed is kept. */
export type SeedForm = 'entropy' | 'seed'

/** An app's seed as it is stored: both forms sealed under its data key, which is wrapped by a custody key. */
export interface StoredSeed extends Readonly<Record<SeedForm, Buffer>> {
  readonly appId: string
  readonly id: string
  readonly dataKeyId: string
  readonly custodyKeyId: string
  readonly wrapped: Buffer
}

/** What became of wrapping data keys anew. */
export interface Rewrapping {
  /** How many it were. */
  readonly rewrapped: number
  /** Whose data keys do not open, and why: they stay as they are. */
  readonly unopened: readonly { readonly appId: string; readonly reason: string }[]
}

/** A data key as it is stored. */
export type StoredDataKey = Pick<StoredSeed, 'appId' | 'dataKeyId' | 'custodyKeyId' | 'wrapped'>
