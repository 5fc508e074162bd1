import type { Profile } from '../../core/profiles/profiles.types.ts'
import { TransportError } from '../../http/faults.ts'

/** A revision as a strong entity tag (RFC 9110 section 8.8.3). */
export function toEntityTag(profile: Profile): string {
  return `"${profile.revision}"`
}

/**
 * The revisions that an If-Match names, compared strongly (RFC 9110 section 13.1.1); undefined for `*` and for no
 * header. Throws `request_malformed` for what is no list of tags: an unquoted one would be stale for ever.
 */
export function toRevisions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const tags = entityTags(ifMatch)
  if (tags === undefined) throw new TransportError({ code: 'request_malformed' })
  return tags.filter((tag) => /^"[1-9]\d{0,9}"$/.test(tag)).map((tag) => Number(tag.slice(1, -1)))
}

/** Whether the client has the profile as it is, by If-None-Match, compared weakly (RFC 9110 section 13.1.2). */
export function isKnown(profile: Profile, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch?.trim() === '*') return true
  const tags = entityTags(ifNoneMatch ?? '') ?? []
  return tags.some((tag) => tag.replace(/^W\//, '') === toEntityTag(profile))
}

const tagForm = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

/** The tags of a comma-separated list, weak ones with their `W/`; undefined when it is none. */
function entityTags(header: string): string[] | undefined {
  // No header can hold NUL, so it can stand for a tag.
  const separators = header.replaceAll(tagForm, '\0')
  return /^\s*\0(?:\s*,\s*\0)*\s*$/.test(separators) ? (header.match(tagForm) ?? []) : undefined
}
