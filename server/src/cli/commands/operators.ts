import { inviteTo } from '../../core/operators/invitations.service.ts'
import { type LinkKind, linkUrl } from '../../core/operators/links.rules.ts'
import { listOperators } from '../../core/operators/operators.service.ts'
import { type Role, roles } from '../../core/operators/operators.types.ts'
import { resetOperator } from '../../core/operators/resets.service.ts'
import { findFirstOrganization } from '../../core/organizations/organizations.service.ts'
import { type Flags, inInstallation, type Place, print, table, UsageError } from '../terminal.ts'

/** `facet operators list`, `facet operators invite EMAIL --role R`, `facet operators reset EMAIL [--two-factor]`. */
export async function operatorsCommand([action, ...words]: string[], flags: Flags): Promise<void> {
  if (action === 'list') return list(flags)
  if (action === 'invite') return invite(words, flags)
  if (action === 'reset') return reset(words, flags)
  throw new UsageError('Say facet operators list, facet operators invite or facet operators reset')
}

async function list(flags: Flags): Promise<void> {
  const operators = await inInstallation((ctx) => listOperators(ctx))
  const rows = operators.map(({ id, email, name, twoFactorEnabled, organizations }) => [
    id,
    email,
    organizations.map((organization) => `${organization.role} of ${organization.name}`).join(', ') || 'none',
    twoFactorEnabled ? 'yes' : '',
    name,
  ])
  print(flags, operators, table([['ID', 'EMAIL', 'ROLE', 'TWO-FACTOR', 'NAME'], ...rows]))
}

async function invite([email]: string[], flags: Flags): Promise<void> {
  if (email === undefined) throw new UsageError('Say whom: facet operators invite EMAIL --role ROLE')
  const role = roleOf(flags)
  const made = await inInstallation(async (ctx, place) => {
    const organization = await findFirstOrganization(ctx)
    if (organization === undefined) {
      throw new UsageError(
        'There is no organization yet: the first operator makes it, by the link that facet start prints',
      )
    }
    const { token, ...invitation } = await inviteTo(ctx, organization.id, { email, role })
    return { ...invitation, url: urlOf(ctx, place, 'invitation', token) }
  })
  print(flags, made, [`Invited ${made.email} as ${made.role}. The link is good once, for 7 days:`, made.url])
}

async function reset([email]: string[], flags: Flags): Promise<void> {
  if (email === undefined) throw new UsageError('Say whose password: facet operators reset EMAIL')
  const factors = flags['two-factor'] ?? false
  const url = await inInstallation(async (ctx, place) =>
    urlOf(ctx, place, 'reset', await resetOperator(ctx, email, { factors })),
  )
  print(flags, { email, url }, [
    `Signed ${email} out everywhere${factors ? ', and switched two-factor sign-in and passkeys off' : ''}`,
    'The link sets a new password, once and within an hour:',
    url,
  ])
}

function roleOf({ role }: Flags): Role {
  const known = roles.find((name) => name === role)
  if (known === undefined) throw new UsageError(`Give --role: ${roles.join(', ')}`)
  return known
}

function urlOf(
  { publicUrl }: { readonly publicUrl: string | undefined },
  { boundUrl }: Place,
  kind: LinkKind,
  token: string,
): string {
  return linkUrl(publicUrl ?? boundUrl, kind, token)
}
