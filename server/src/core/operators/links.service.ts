import type { SystemCtx } from '../context.ts'
import { newId, timeOfId } from '../ids.ts'
import { inTx } from '../transactions.ts'
import { deleteEndedLinks, insertLink, type Link } from './links.queries.ts'
import { hashLinkToken, type LinkKind, linkLifeMs, newLinkToken } from './links.rules.ts'
import { hasOperators } from './operators.queries.ts'
import type { Role } from './operators.types.ts'

export interface LinkTarget {
  readonly kind: LinkKind
  readonly organizationId?: string
  readonly email?: string
  readonly role?: Role
}

/** Inside a transaction: makes a link; gives its token, which is kept nowhere else. */
export async function makeLink(
  tx: Pick<SystemCtx, 'db'>,
  { kind, organizationId, email, role }: LinkTarget,
): Promise<{ readonly link: Link; readonly token: string }> {
  const id = newId()
  const createdAt = timeOfId(id)
  const expiresAt = new Date(createdAt.getTime() + linkLifeMs[kind])
  const token = newLinkToken()
  const link: Link = {
    id,
    kind,
    organizationId: organizationId ?? null,
    email: email ?? null,
    role: role ?? null,
    createdAt,
    expiresAt,
  }
  await deleteEndedLinks(tx, createdAt)
  await insertLink(tx, link, hashLinkToken(token))
  return { link, token }
}

/**
 * The token of a new link by which the first operator comes in; undefined when the installation has one. Links of earlier starts stay
 * good until one is used, since several nodes may start at once.
 */
export async function makeSetupToken(ctx: SystemCtx): Promise<string | undefined> {
  if (await hasOperators(ctx)) return undefined
  return inTx(ctx, async (tx) => (await makeLink(tx, { kind: 'setup' })).token)
}
