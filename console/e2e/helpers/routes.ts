import type { Seeded } from './seed.ts'

/** A page of the console that is to be looked at. */
export interface Route {
  readonly name: string
  /** Below `/console`. */
  readonly path: string
  /** Seen by whoever is not signed in. */
  readonly open?: true
}

/** Every page, and every view of one that has an address. */
export function routesOf(appId: string, { profileId, endpointId, apiKeyId, eventId }: Seeded): readonly Route[] {
  const ofApp: readonly (readonly [name: string, path: string])[] = [
    ['home', ''],
    ['home-make-a-call', '?steps=open&dialect=original&language=python'],
    ['users', '/users'],
    ['users-search', '/users?q=hopper'],
    ['users-nothing', '/users?q=nobody+at+all'],
    ['users-new', '/users?sheet=new'],
    ...['', '?face=oumla', '?face=ocamba', '?face=epixel', '?face=ona', '?face=original'].map(
      (query) => [`user${query.replace('?face=', '-')}`, `/users/${profileId}${query}`] as const,
    ),
    ...['addresses', 'events', 'sessions', 'picture'].map(
      (tab) => [`user-${tab}`, `/users/${profileId}?tab=${tab}`] as const,
    ),
    ...['edit', 'merge', 'delete'].map((sheet) => [`user-${sheet}`, `/users/${profileId}?sheet=${sheet}`] as const),
    ['api-keys', '/api-keys'],
    ['api-key', `/api-keys?key=${apiKeyId}`],
    ['wallets', '/wallets'],
    ['webhooks', '/webhooks'],
    ['webhooks-catalogue', '/webhooks?tab=catalogue'],
    ['webhooks-verify', '/webhooks?tab=verify'],
    ['webhook', `/webhooks/${endpointId}`],
    ['events', '/events'],
    ['event', `/events?event=${eventId}`],
    ['reference', '/reference?dialect=oumla'],
    ...['app', 'dialects', 'wallets', 'hosts', 'outbox', 'team'].map(
      (tab) => [`settings-${tab}`, `/settings?tab=${tab}`] as const,
    ),
    ['missing', '/no-such-page'],
  ]
  return [
    { name: 'sign-in', path: '/sign-in', open: true },
    { name: 'forgotten', path: '/forgotten', open: true },
    { name: 'link-ended', path: '/reset#token=none', open: true },
    ...ofApp.map(([name, path]) => ({ name, path: `/${appId}${path}` })),
    { name: 'account', path: '/account' },
  ]
}
