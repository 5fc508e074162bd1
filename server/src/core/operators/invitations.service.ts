import type { Ctx, SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid } from '../ids.ts'
import { sendMail } from '../mail/mail.service.ts'
import type { MailInput } from '../mail/mail.types.ts'
import { inTx } from '../transactions.ts'
import { deleteInvitation, type Link, selectInvitations } from './links.queries.ts'
import { makeLink } from './links.service.ts'
import { lockMembers, requireManager } from './members.service.ts'
import { selectMembers } from './memberships.queries.ts'
import { toOperatorEmail } from './operators.rules.ts'
import type { Invitation, Member, Role } from './operators.types.ts'
import { requireMayGive } from './roles.rules.ts'

const mostOpen = 100

export interface InvitationInput {
  readonly email: string
  readonly role: Role
}

/** An invitation with the token of its link, which is kept nowhere else. */
export interface IssuedInvitation extends Invitation {
  readonly token: string
}

/**
 * Invites somebody to the app's organization, for 7 days, in the place of an open invitation of theirs; where a mail server is set up
 * they are mailed what `compose` makes of the token. Throws `input_invalid`, `role_forbidden`, `operator_is_member`,
 * `invitations_exhausted`, `rate_limited` for too many mails to the address, and what `requireManager` throws.
 */
export async function invite(
  ctx: Ctx,
  input: InvitationInput,
  compose: (token: string) => Pick<MailInput, 'subject' | 'text'>,
): Promise<IssuedInvitation> {
  requireManager(ctx)
  const email = toOperatorEmail(input.email)
  return inTx(ctx, async (tx) => {
    const { members, actorRole } = await lockMembers(tx)
    requireMayGive(actorRole, input.role)
    const invitation = await makeInvitation(tx, tx.organizationId, { email, role: input.role }, members)
    if (tx.sendsMail) await sendMail(tx, { to: email, ...compose(invitation.token) })
    return invitation
  })
}

/** The same on the installation's own authority, without a mail. */
export async function inviteTo(
  ctx: SystemCtx,
  organizationId: string,
  input: InvitationInput,
): Promise<IssuedInvitation> {
  const email = toOperatorEmail(input.email)
  return inTx(ctx, async (tx) => {
    const members = await selectMembers(tx, organizationId)
    return makeInvitation(tx, organizationId, { email, role: input.role }, members)
  })
}

/** The open invitations to the app's organization, the newest first. Throws what `requireManager` throws. */
export async function listInvitations(ctx: Ctx): Promise<Invitation[]> {
  requireManager(ctx)
  return (await selectInvitations(ctx, ctx.organizationId, ctx.now)).map(toInvitation)
}

/** Withdraws an open invitation. Throws `invitation_not_found`, and what `requireManager` throws. */
export async function withdrawInvitation(ctx: Ctx, id: string): Promise<void> {
  requireManager(ctx)
  await inTx(ctx, async (tx) => {
    const withdrawn = isUuid(id) && (await deleteInvitation(tx, tx.organizationId, id, tx.now))
    if (!withdrawn) throw new DomainFault({ code: 'invitation_not_found' })
  })
}

async function makeInvitation(
  tx: SystemCtx,
  organizationId: string,
  { email, role }: InvitationInput,
  members: readonly Member[],
): Promise<IssuedInvitation> {
  if (members.some((member) => member.email === email)) throw new DomainFault({ code: 'operator_is_member' })
  const others = (await selectInvitations(tx, organizationId, tx.now)).filter((open) => open.email !== email)
  if (others.length >= mostOpen) throw new DomainFault({ code: 'invitations_exhausted', limit: mostOpen })
  const { link, token } = await makeLink(tx, { kind: 'invitation', organizationId, email, role })
  return { ...toInvitation(link), token }
}

function toInvitation({ id, email, role, createdAt, expiresAt }: Link): Invitation {
  if (email === null || role === null) throw new Error(`Link ${id} is no invitation`)
  return { id, email, role, createdAt, expiresAt }
}
