import type { Ctx } from '../../src/core/context.ts'
import { DomainFault } from '../../src/core/errors.ts'
import { deleteProfile } from '../../src/core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, updateProfile } from '../../src/core/profiles/profiles.service.ts'

/** Writers that make, change and delete profiles by the core's commands until told to stop. */
export interface ProfileChanges {
  /** Commands that were done. */
  readonly made: number
  stop(): Promise<void>
}

export interface ProfileChangesOptions {
  readonly writers: number
  /** How many profiles there are at a time. The writers share them. */
  readonly profiles: number
  /** Resolves when there may be one more change. */
  readonly mayGoOn: () => Promise<unknown>
}

/** Starts the writers once there are profiles. Every tenth change or so deletes one, and another takes its place. */
export async function startProfileChanges(ctx: Ctx, options: ProfileChangesOptions): Promise<ProfileChanges> {
  const { writers, profiles, mayGoOn } = options
  const ids = await Promise.all(Array.from({ length: profiles }, async () => (await createProfile(ctx, {})).id))
  const state = { made: profiles, stopped: false }

  async function change(): Promise<void> {
    const index = Math.floor(Math.random() * profiles)
    const key = { by: 'id', value: ids[index] ?? '' } as const
    if (Math.random() < 0.9) {
      await updateProfile(ctx, key, { city: crypto.randomUUID() })
    } else {
      await deleteProfile(ctx, key)
      ids[index] = (await createProfile(ctx, {})).id
      state.made++
    }
    state.made++
  }

  async function write(): Promise<void> {
    while (!state.stopped) {
      await change().catch((error) => {
        // Another writer has just deleted it.
        if (!(error instanceof DomainFault && error.fault.code === 'profile_not_found')) throw error
      })
      await Promise.race([mayGoOn(), stopped.promise])
    }
  }

  const stopped = Promise.withResolvers<void>()
  const work = Promise.all(Array.from({ length: writers }, write))
  work.catch(() => {})
  return {
    get made() {
      return state.made
    },
    async stop() {
      state.stopped = true
      stopped.resolve()
      await work
    },
  }
}
