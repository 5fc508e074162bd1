import type { Role } from '../../api/client.ts'

/** The roles that somebody of a role may give: owners alone make owners. */
export function rolesFor(own: Role): readonly Role[] {
  return own === 'owner' ? ['viewer', 'developer', 'admin', 'owner'] : ['viewer', 'developer', 'admin']
}

/** What a role lets somebody do. */
export const roleWords: Readonly<Record<Role, string>> = {
  viewer: 'looks at users, wallets and events',
  developer: 'changes them, and makes API keys and webhooks',
  admin: 'changes settings, apps and the team as well',
  owner: 'may do all that, and makes owners',
}
