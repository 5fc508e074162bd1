import type { SystemCtx } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { createOrganization, findFirstOrganization, getOrganization } from '../organizations/organizations.service.ts'
import { checkName } from '../text.ts'
import { inTx } from '../transactions.ts'
import { type Link, selectOpenLink, useLink } from './links.queries.ts'
import { hashLinkToken } from './links.rules.ts'
import { insertMembership } from './memberships.queries.ts'
import { hasOperators, lockOperators, selectOperatorByEmail, updatePassword } from './operators.queries.ts'
import { checkOperatorPassword, toOperatorEmail } from './operators.rules.ts'
import { makeOperator } from './operators.service.ts'
import type { Acceptance, LinkDescription, Operator } from './operators.types.ts'
import { type ProofCtx, provePassword } from './proofs.service.ts'
import { deleteSessions } from './sessions.queries.ts'

/** Who accepted a link. `signsIn`: they have proved all that a sign-in asks of them. */
export interface Accepted {
  readonly operator: Operator
  readonly signsIn: boolean
}

const refused = () => new DomainFault({ code: 'link_invalid' })

/** What a link that can still be used is for. Throws `link_invalid`. */
export async function describeLink(ctx: SystemCtx, token: string): Promise<LinkDescription> {
  const link = await getOpenLink(ctx, token)
  const { kind, email, role } = link
  const organization = await organizationOf(ctx, link)
  const known = email !== null && (await selectOperatorByEmail(ctx, email)) !== undefined
  return { kind, email, role, known, organization: organization?.name ?? null }
}

/**
 * Does what a link is for, once: makes the first operator and, if there is none, the organization; lets somebody into an organization,
 * with a new password, or with theirs when they are an operator already; or sets a new password and ends the sessions of the old one.
 * All of it or nothing. Throws `link_invalid`, `input_invalid`, `operator_password_wrong`, `guesses_exhausted`,
 * `hashing_exhausted`.
 */
export async function acceptLink(ctx: ProofCtx, input: Acceptance): Promise<Accepted> {
  const link = await getOpenLink(ctx, input.token)
  if (link.kind === 'setup') return setUp(ctx, link, input)
  const known = await selectOperatorByEmail(ctx, link.email ?? '')
  if (link.kind === 'invitation') {
    return known === undefined ? joinAnew(ctx, link, input) : join(ctx, link, input, known.operator)
  }
  if (known === undefined) throw refused()
  return reset(ctx, link, input, known.operator)
}

async function setUp(ctx: ProofCtx, link: Link, input: Acceptance): Promise<Accepted> {
  const email = toOperatorEmail(given('email', input.email))
  const name = givenName(input.name)
  const passwordHash = await newHash(ctx, input.password, { email, name })
  return inTx(ctx, async (tx) => {
    // Several such links may be open, and are accepted one after the other.
    await lockOperators(tx)
    if ((await hasOperators(tx)) || !(await useLink(tx, link.id, tx.now))) throw refused()
    const organization =
      (await findFirstOrganization(tx)) ??
      (await createOrganization(tx, { name: given('organization', input.organization) }))
    const operator = await makeOperator(tx, { email, name, passwordHash })
    if (operator === undefined) throw refused()
    const { id: operatorId, createdAt } = operator
    await insertMembership(tx, { organizationId: organization.id, operatorId, role: 'owner', createdAt })
    return { operator, signsIn: true }
  })
}

async function joinAnew(ctx: ProofCtx, link: Link, input: Acceptance): Promise<Accepted> {
  const email = link.email ?? ''
  const name = givenName(input.name)
  const passwordHash = await newHash(ctx, input.password, { email, name })
  return inTx(ctx, async (tx) => {
    if (!(await useLink(tx, link.id, tx.now))) throw refused()
    const operator = await makeOperator(tx, { email, name, passwordHash })
    // Two invitations to one person were accepted at once. The second is still open: this undoes its use.
    if (operator === undefined) throw new DomainFault({ code: 'operator_password_wrong' })
    await enter(tx, link, operator)
    return { operator, signsIn: true }
  })
}

async function join(ctx: ProofCtx, link: Link, { password }: Acceptance, operator: Operator): Promise<Accepted> {
  await provePassword(ctx, operator, password)
  return inTx(ctx, async (tx) => {
    if (!(await useLink(tx, link.id, tx.now))) throw refused()
    await enter(tx, link, operator)
    return { operator, signsIn: !operator.twoFactorEnabled }
  })
}

async function reset(ctx: ProofCtx, link: Link, { password }: Acceptance, operator: Operator): Promise<Accepted> {
  const passwordHash = await newHash(ctx, password, operator)
  return inTx(ctx, async (tx) => {
    if (!(await useLink(tx, link.id, tx.now))) throw refused()
    await updatePassword(tx, operator.id, passwordHash, tx.now)
    await deleteSessions(tx, operator.id)
    return { operator, signsIn: !operator.twoFactorEnabled }
  })
}

async function enter(tx: ProofCtx, { organizationId, role }: Link, { id }: Operator): Promise<void> {
  if (organizationId === null || role === null) throw refused()
  await insertMembership(tx, { organizationId, operatorId: id, role, createdAt: tx.now })
}

async function getOpenLink(ctx: SystemCtx, token: string): Promise<Link> {
  const link = await selectOpenLink(ctx, hashLinkToken(token), ctx.now)
  if (link === undefined || (link.kind === 'setup' && (await hasOperators(ctx)))) throw refused()
  return link
}

async function organizationOf(ctx: SystemCtx, { kind, organizationId }: Link) {
  if (organizationId !== null) return getOrganization(ctx, organizationId)
  return kind === 'setup' ? findFirstOrganization(ctx) : undefined
}

/** Before the transaction: no connection is held while others hash. */
async function newHash(
  ctx: ProofCtx,
  password: string,
  own: { readonly email: string; readonly name: string },
): Promise<string> {
  await checkOperatorPassword('password', password, own)
  return ctx.passwords.hash(password)
}

function given(field: string, text: string | undefined): string {
  if (text === undefined) throw invalid({ path: [field], rule: 'required' })
  return text
}

function givenName(text: string | undefined): string {
  const name = given('name', text)
  checkName(name)
  return name
}
