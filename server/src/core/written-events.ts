import type { JobCtx } from './context.ts'
import type { EventType } from './event-types.ts'

/** An event that was written, by its id and by what it is about. */
export interface WrittenEvent {
  readonly id: string
  readonly type: EventType
  readonly subjectId: string
}

/** The last event of the type that the caller's transaction wrote, so far; undefined when it wrote none. */
export async function findWrittenEvent(ctx: JobCtx, appId: string, type: EventType): Promise<WrittenEvent | undefined> {
  const [event] = await ctx.db.query<WrittenEvent>(
    `select id, type, subject_id as "subjectId" from events_pending
     where app_id = $1 and xact = pg_current_xact_id() and type = $2 order by position desc limit 1`,
    [appId, type],
  )
  return event
}
