import { randomBytes } from 'node:crypto'
import type { SystemCtx } from '../context.ts'
import type { Passwords } from '../ports.ts'
import { inTx } from '../transactions.ts'
import { insertMembership } from './memberships.queries.ts'
import { hasOperators } from './operators.queries.ts'
import { makeOperator } from './operators.service.ts'
import { insertSandboxOperator, selectSandboxOperator } from './sandbox-operator.queries.ts'

const sandboxEmail = 'developer@sandbox.local'
/** Binds the sealed password to its table and column. */
const purpose = 'sandbox_operator.password'

/** What a developer signs in to the console with. */
export interface SandboxOperator {
  readonly email: string
  /** Undefined once it was changed: the new one is the operator's own. */
  readonly password: string | undefined
}

/**
 * The owner of the sandbox's organization: the one that an earlier start made, else a new one with a random password, unless the
 * installation has operators already. Undefined when there is none, or none any more. Callers hold the set-up lock.
 */
export async function ensureSandboxOperator(
  ctx: SystemCtx,
  organizationId: string,
  loadPasswords: () => Promise<Pick<Passwords, 'hash'>>,
): Promise<SandboxOperator | undefined> {
  const known = await selectSandboxOperator(ctx)
  if (known !== undefined) {
    if (known.email === null) return undefined
    const unchanged = known.presentHash === known.passwordHash
    const open = () => ctx.keys.open(purpose, known.operatorId, known.passwordSealed).toString()
    return { email: known.email, password: unchanged ? open() : undefined }
  }
  if (await hasOperators(ctx)) return undefined
  const password = randomBytes(18).toString('base64url')
  const passwordHash = await (await loadPasswords()).hash(password)
  return inTx(ctx, async (tx) => {
    const operator = await makeOperator(tx, { email: sandboxEmail, name: 'Developer', passwordHash })
    if (operator === undefined) return undefined
    const { id: operatorId, createdAt } = operator
    await insertMembership(tx, { organizationId, operatorId, role: 'owner', createdAt })
    const passwordSealed = tx.keys.seal(purpose, operatorId, Buffer.from(password))
    await insertSandboxOperator(tx, { operatorId, passwordHash, passwordSealed })
    return { email: sandboxEmail, password }
  })
}
