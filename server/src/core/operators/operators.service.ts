import type { Scope, SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import { createApp } from '../organizations/organizations.service.ts'
import type { App, AppIdentity, AppMode } from '../organizations/organizations.types.ts'
import { inTx } from '../transactions.ts'
import {
  insertOperator,
  selectAllOperators,
  selectMemberships,
  selectOperatedApp,
  selectOperatorApps,
  selectRole,
} from './operators.queries.ts'
import type { ListedOperator, Operator, OperatorOrganization } from './operators.types.ts'
import { scopesOf } from './roles.rules.ts'

/** Inside a transaction: makes an operator with a password; undefined when the e-mail, as it is kept, has one already. */
export async function makeOperator(
  tx: Pick<SystemCtx, 'db'>,
  { email, name, passwordHash }: { readonly email: string; readonly name: string; readonly passwordHash: string },
): Promise<Operator | undefined> {
  const id = newId()
  const operator: Operator = { id, email, name, twoFactorEnabled: false, createdAt: timeOfId(id) }
  const made = await insertOperator(tx, operator, { accountId: newId(), passwordHash })
  return made ? operator : undefined
}

/**
 * What an operator may do in an app. Throws `app_not_found` also for an app of others: nothing tells that it is there.
 */
export async function authorizeOperator(
  ctx: Pick<SystemCtx, 'db'>,
  operatorId: string,
  appId: string,
): Promise<{ readonly app: AppIdentity; readonly scopes: ReadonlySet<Scope> }> {
  const found = isUuid(appId) ? await selectOperatedApp(ctx, operatorId, appId) : undefined
  if (found === undefined) throw new DomainFault({ code: 'app_not_found' })
  return { app: found.app, scopes: new Set(scopesOf(found.role)) }
}

/** The organizations of an operator, each with its apps. */
export async function listOperatorOrganizations(
  ctx: Pick<SystemCtx, 'db'>,
  operatorId: string,
): Promise<OperatorOrganization[]> {
  const [memberships, apps] = await Promise.all([
    selectMemberships(ctx, operatorId),
    selectOperatorApps(ctx, operatorId),
  ])
  return memberships.map(({ id, name, role }) => {
    const own = apps.filter(({ organizationId }) => organizationId === id)
    return { id, name, role, scopes: scopesOf(role), apps: own.map(({ organizationId: _, ...app }) => app) }
  })
}

/**
 * Makes an app in an organization of the operator, without a key. Throws `organization_not_found` also for one of others,
 * `scope_missing`, `input_invalid`.
 */
export async function createOperatorApp(
  ctx: SystemCtx,
  operatorId: string,
  input: { readonly organizationId: string; readonly name: string; readonly mode: AppMode },
): Promise<App> {
  return inTx(ctx, async (tx) => {
    const role = isUuid(input.organizationId) ? await selectRole(tx, operatorId, input.organizationId) : undefined
    if (role === undefined) throw new DomainFault({ code: 'organization_not_found' })
    const scope = 'organization:manage'
    if (!scopesOf(role).includes(scope)) throw new DomainFault({ code: 'scope_missing', scope })
    return createApp(tx, input)
  })
}

/** Every operator of the installation, the oldest first. */
export async function listOperators(ctx: Pick<SystemCtx, 'db'>): Promise<ListedOperator[]> {
  const listed = new Map<string, ListedOperator>()
  for (const { organizationId, organizationName, role, ...operator } of await selectAllOperators(ctx)) {
    const before = listed.get(operator.id)?.organizations ?? []
    const joined = organizationId !== null && organizationName !== null && role !== null
    const organizations = joined ? [...before, { id: organizationId, name: organizationName, role }] : before
    listed.set(operator.id, { ...operator, organizations })
  }
  return [...listed.values()]
}
