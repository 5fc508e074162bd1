import { ensureSandbox, type Sandbox } from '../../core/api-keys/sandbox.service.ts'
import type { SystemCtx } from '../../core/context.ts'
import { makeSetupToken } from '../../core/operators/links.service.ts'
import { ensureSandboxOperator, type SandboxOperator } from '../../core/operators/sandbox-operator.service.ts'

/** The sandbox, and the operator that its console is entered by, where there is one. */
export interface OpenSandbox extends Sandbox {
  readonly operator: SandboxOperator | undefined
}

/** What a start has to tell whoever runs it. */
export interface FirstStart {
  /** There when this start was asked for it and its key was not revoked. */
  readonly sandbox: OpenSandbox | undefined
  /** Of a link by which the first operator comes in; there while the installation has none. */
  readonly setupToken: string | undefined
}

/** Makes what a server needs to be used, unless an earlier start did. Callers hold the set-up lock. */
export async function prepareStart(
  ctx: SystemCtx,
  { wantsSandbox }: { readonly wantsSandbox: boolean },
): Promise<FirstStart> {
  const sandbox = wantsSandbox ? await ensureSandbox(ctx) : undefined
  const operator = sandbox && (await ensureSandboxOperator(ctx, sandbox.organizationId, loadPasswords))
  return { sandbox: sandbox && { ...sandbox, operator }, setupToken: await makeSetupToken(ctx) }
}

/** Needed at the very first start alone. */
async function loadPasswords() {
  return (await import('../passwords/passwords.ts')).createPasswords()
}
