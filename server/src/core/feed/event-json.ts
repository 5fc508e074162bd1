import { eventKinds, isEventType } from '../event-types.ts'
import type { FeedEvent } from '../stored-events.ts'

/**
 * The event as JSON text on one line, the same in the feed and in a webhook. `data` stands in it as it was written: it
 * may be large, so it is not read.
 */
export function toEventJson(event: FeedEvent): string {
  const { id, type, sequence, appId, time, actor, requestId, subjectId, data } = event
  // While processes are being replaced, a newer one may have written a type that this one does not know.
  const ofProfile = isEventType(type) && eventKinds[type].subject === 'profile'
  const head = JSON.stringify({
    id,
    type,
    sequence,
    appId,
    time,
    actor: { kind: actor.kind, id: actor.id },
    requestId,
    profileId: ofProfile ? subjectId : null,
    subjectId,
  })
  return `${head.slice(0, -1)},"data":${data}}`
}
