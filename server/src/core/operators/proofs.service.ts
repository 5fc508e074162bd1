import type { SystemCtx } from '../context.ts'
import { isImpossiblePassword } from '../credentials/credentials.service.ts'
import { DomainFault } from '../errors.ts'
import type { Passwords } from '../ports.ts'
import { countedGuess } from './guesses.service.ts'
import { selectOperatorByEmail } from './operators.queries.ts'
import type { Operator } from './operators.types.ts'

/** What a proof needs beside what every work has. */
export interface ProofCtx extends SystemCtx {
  readonly passwords: Passwords
  /** Where the request came from. */
  readonly address: string
}

/**
 * Makes sure that whoever asks knows the password of an operator; it is counted as a guess. Throws `operator_password_wrong`,
 * `guesses_exhausted`, `hashing_exhausted`.
 */
export async function provePassword(ctx: ProofCtx, { email }: Operator, password: string): Promise<void> {
  const { right } = await countedGuess(ctx, { email, address: ctx.address })
  const possible = !isImpossiblePassword(password)
  const hash = possible ? (await selectOperatorByEmail(ctx, email))?.passwordHash : undefined
  const { matches } = await ctx.passwords.verify(hash ?? undefined, possible ? password : '')
  if (!matches) throw new DomainFault({ code: 'operator_password_wrong' })
  await right()
}
