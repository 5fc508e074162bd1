import { hash } from 'node:crypto'
import type { Profile } from '../../core/profiles/profiles.types.ts'
import type { PersonAnswer } from './schemas.ts'

/** Who looks at a profile: its own person, the one who made it, another person, nobody in particular. */
export type View = 'owner' | 'creator' | 'other' | 'anonymous'

/** Whoever is signed in. */
export type Viewer = Pick<Profile, 'id'>

export function viewOf(profile: Profile, viewer: Viewer | undefined): View {
  if (viewer === undefined) return 'anonymous'
  if (viewer.id === profile.id) return 'owner'
  return profile.createdBy === viewer.id ? 'creator' : 'other'
}

/** Whether the dialect shows a profile at all (contracts/README, "Where each dialect is served"). */
export function isPerson(profile: Profile | undefined): profile is Profile & { readonly username: string } {
  return profile !== undefined && profile.username !== null
}

/** What comes behind the address of a picture; the vendor's own default picture (contracts/ona.md 3.2). */
const gravatarQuery = '?d=https%3A%2F%2Fona.io%2Fstatic%2Fimages%2Fdefault_avatar.png&s=60'

function gravatarOf(email: string): string {
  return `https://secure.gravatar.com/avatar/${hash('md5', email.trim().toLowerCase())}${gravatarQuery}`
}

const encoded = (username: string) => encodeURIComponent(username).replaceAll('%40', '@').replaceAll('%2B', '+')

function urlsOf(username: string, origin: string): { url: string; user: string } {
  const name = encoded(username)
  return { url: `${origin}/api/v1/profiles/${name}`, user: `${origin}/api/v1/users/${name}` }
}

/**
 * A person as the viewer may see them: the e-mail for the owner and the creator, the metadata for the owner alone
 * (contracts/README, decision 17).
 */
export function toPersonAnswer(profile: Profile, view: View, origin: string): PersonAnswer {
  const username = profile.username ?? ''
  const { url, user } = urlsOf(username, origin)
  const firstName = profile.firstName ?? ''
  const lastName = profile.lastName ?? ''
  return {
    url,
    username,
    first_name: firstName,
    last_name: lastName,
    ...((view === 'owner' || view === 'creator') && { email: profile.email ?? '' }),
    city: profile.city ?? '',
    country: profile.country ?? '',
    organization: profile.organization ?? '',
    website: profile.website ?? '',
    twitter: profile.twitter ?? '',
    gravatar: gravatarOf(profile.email ?? ''),
    require_auth: profile.requireAuth,
    user,
    ...(view === 'owner' && { metadata: { ...profile.attributes } }),
    joined_on: profile.createdAt.toISOString(),
    id: profile.number,
    is_org: profile.type !== 'User',
    name: `${firstName} ${lastName}`.trim(),
  }
}

/** The signed-in person, with the tokens that they sign in with. */
export function toUserAnswer(profile: Profile, tokens: { permanent: string; temporary: string }, origin: string) {
  const { url, username, email, city, country, organization, website, twitter, gravatar, require_auth, user, name } =
    toPersonAnswer(profile, 'owner', origin)
  return {
    ...{ url, username, name, email: email ?? '', city, country, organization, website, twitter, gravatar },
    ...{ require_auth, user, api_token: tokens.permanent, temp_token: tokens.temporary },
  }
}

export function toUserItem(profile: Profile) {
  const { number: id, username, firstName, lastName } = profile
  return { id, username: username ?? '', first_name: firstName ?? '', last_name: lastName ?? '' }
}

/**
 * A tag of what is shown: MD5 as the vendor's, over the times of change, and over who looks, since two people are not
 * shown the same.
 */
export function entityTagOf(shown: readonly { readonly profile: Profile; readonly view: View }[]): string {
  const lines = shown.map(({ profile, view }) => `${profile.id} ${profile.revision} ${view}\n`)
  return `"${hash('md5', lines.join(''))}"`
}
