type Work<C, T> = (ctx: C, appId: string) => Promise<T>

/** An app that has always more to do leaves its place to others after this time. */
const mostMs = 1_000

/**
 * Work that one process does for an app once at a time: many jobs that say the same cost one. Who comes while it is done is finished at
 * once, and the work is done once more, as it is when it says that there is more; after a second it is asked for `again` instead.
 * Should the process die, the job that works is there to be done again.
 */
export function oncePerApp<C>(work: Work<C, boolean>, again: Work<C, void>): Work<C, void> {
  /** The apps that are worked for, and whether somebody came meanwhile. */
  const asked = new Map<string, boolean>()

  async function workFor(ctx: C, appId: string): Promise<boolean> {
    const end = Date.now() + mostMs
    for (;;) {
      asked.set(appId, false)
      const more = await work(ctx, appId)
      if (!more && asked.get(appId) !== true) return false
      if (Date.now() >= end) return true
    }
  }

  return async (ctx, appId) => {
    if (asked.has(appId)) {
      asked.set(appId, true)
      return
    }
    const more = await workFor(ctx, appId).finally(() => asked.delete(appId))
    if (more) await again(ctx, appId)
  }
}
