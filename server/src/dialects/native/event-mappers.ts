import { invalid } from '../../core/errors.ts'
import { type EventKind, type EventType, eventKinds, eventTypes } from '../../core/event-types.ts'
import { toEventJson } from '../../core/feed/event-json.ts'
import { typesMatching } from '../../core/feed/event-patterns.ts'
import type { FeedPage, FeedQuery } from '../../core/feed/feed.types.ts'
import { isUuid } from '../../core/ids.ts'
import type { EventListQuery, EventTypeAnswer } from './event-schemas.ts'

/** What is asked of a feed, from wherever: the beginning is another parameter of the two faces. */
export interface FeedFilter {
  readonly types: FeedQuery['types']
  readonly profileId: string | undefined
}

/** Throws `input_invalid` for an unknown type and for what is no profile's id. */
export function toFeedFilter({ type, profile }: Pick<EventListQuery, 'type' | 'profile'>): FeedFilter {
  if (profile !== undefined && !isUuid(profile)) throw invalid({ path: ['profile'], rule: 'format' })
  return { types: toTypes(type), profileId: profile }
}

function toTypes(asked: EventListQuery['type']): EventType[] | undefined {
  if (asked === undefined) return undefined
  const named = new Set<EventType>()
  for (const pattern of [asked].flat().flatMap((part) => part.split(','))) {
    const types = typesMatching(pattern)
    if (types.length === 0) throw invalid({ path: ['type'], rule: 'choice', allowed: eventTypes })
    for (const type of types) named.add(type)
  }
  // To read all of a feed is cheaper than to read it type by type.
  return named.size === eventTypes.length ? undefined : [...named]
}

/** Where to begin, by the query: behind a sequence, behind the last event, or with the oldest. */
export function toAfter(after: EventListQuery['after']): number | 'latest' | undefined {
  return after === undefined || after === 'latest' ? after : Number(after)
}

/**
 * Where a reader was, by the Last-Event-ID that it sends when it comes back (HTML, 9.2.4); undefined without one. Throws
 * `input_invalid` for one that this server never gave.
 */
export function toResumption(lastEventId: string | string[] | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined
  if (typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId)) return Number(lastEventId)
  throw invalid({ path: ['Last-Event-ID'], rule: 'format' })
}

/** The list's answer, as JSON text. */
export function toEventListJson({ events, nextAfter, more }: FeedPage): string {
  return `{"data":[${events.map(toEventJson).join(',')}],"nextAfter":${nextAfter},"more":${more}}`
}

/** The whole catalogue. */
export function toEventTypeAnswers(): EventTypeAnswer[] {
  return Object.entries<EventKind>(eventKinds).map(([type, { about, subject, data, example }]) => ({
    type,
    about,
    subject,
    schema: data,
    example,
  }))
}
