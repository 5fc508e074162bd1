import type { Scope } from '../../session/operator.ts'

/** What a key with the scope can do, in plain words. In the order in which they are offered. */
export const scopeWords: Readonly<Record<Scope, string>> = {
  'profiles:read': 'See profiles, their wallets, addresses and pictures.',
  'profiles:write': 'Make, change, merge and delete profiles.',
  'wallets:write': 'Make wallets and addresses.',
  'events:read': 'Read the feed of everything that happens in the app.',
  'webhooks:manage': 'Add, change and delete webhook endpoints.',
  'keys:manage': 'Make, rotate and revoke API keys.',
  'outbox:read': 'Read the mails that the sandbox kept instead of sending them.',
  'organization:manage': 'Change the app, make others, and let people in.',
}

/** Those that a new key may be given by somebody who may do all of `own`: nobody hands on more than they have. */
export function grantable(own: readonly string[]): Scope[] {
  const scopes = Object.keys(scopeWords) as Scope[]
  // Keys that manage the organization are made on the server's command line alone.
  return scopes.filter((scope) => scope !== 'organization:manage' && own.includes(scope))
}

/** The scopes of a key that somebody lacks who may do all of `own`. */
export function lacking(scopes: readonly string[], own: readonly string[]): string[] {
  return scopes.filter((scope) => !own.includes(scope))
}
