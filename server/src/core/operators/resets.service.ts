import type { Ctx, SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { sendInstallationMail } from '../mail/mail.service.ts'
import type { MailInput } from '../mail/mail.types.ts'
import { toMailbox } from '../text.ts'
import { inTx } from '../transactions.ts'
import { makeLink } from './links.service.ts'
import { deleteFactors, selectOperatorByEmail } from './operators.queries.ts'
import { deleteSessions } from './sessions.queries.ts'

/**
 * Mails an operator a link that sets a new password, good for an hour, in the place of an earlier one; an e-mail that is nobody's is
 * passed over. `compose` words the mail. Throws `rate_limited` for too many mails to the address.
 */
export async function mailReset(
  ctx: SystemCtx & Pick<Ctx, 'jobs'>,
  email: string,
  compose: (token: string) => Pick<MailInput, 'subject' | 'text'>,
): Promise<void> {
  const found = await selectOperatorByEmail(ctx, toMailbox(email))
  if (found === undefined) return
  await inTx(ctx, async (tx) => {
    const to = found.operator.email
    const { token } = await makeLink(tx, { kind: 'reset', email: to })
    await sendInstallationMail(tx, { to, ...compose(token) })
  })
}

/**
 * On the installation's own authority: signs an operator out everywhere, and gives the token of a link that sets a new password. With
 * `factors` the second factor is switched off and passkeys are taken away. Throws `operator_not_found`.
 */
export async function resetOperator(
  ctx: SystemCtx,
  email: string,
  { factors }: { readonly factors: boolean },
): Promise<string> {
  return inTx(ctx, async (tx) => {
    const found = await selectOperatorByEmail(tx, toMailbox(email))
    if (found === undefined) throw new DomainFault({ code: 'operator_not_found' })
    const { id, email: to } = found.operator
    await deleteSessions(tx, id)
    if (factors) await deleteFactors(tx, id)
    return (await makeLink(tx, { kind: 'reset', email: to })).token
  })
}
