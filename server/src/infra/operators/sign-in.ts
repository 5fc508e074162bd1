import type { Db } from '../../core/db.ts'
import { signInSecret } from '../../core/operators/session-tokens.rules.ts'
import type { Keys, Log, OperatorSignIn, Passwords } from '../../core/ports.ts'
import { createPasskeys } from './passkeys.ts'

export interface OperatorAccessOptions {
  readonly db: Db
  readonly keys: Keys
  readonly passwords: Passwords
  readonly log: Log
  /** Whether clients use TLS, as the settings say. */
  readonly https: boolean
}

/**
 * The sign-in of operators and what their cookies are made with. What signs in is loaded at its first call: it takes a fifth of a
 * second, which no start need spend.
 */
export function operatorAccess({ db, keys, passwords, log, https }: OperatorAccessOptions) {
  const secret = signInSecret(keys)
  const secureCookies = https
  let opened: Promise<OperatorSignIn> | undefined
  const signIn: OperatorSignIn = {
    async call(call) {
      opened ??= import('./library.ts').then(({ openSignIn }) =>
        openSignIn({ db, passwords, log, secret, secureCookies }),
      )
      return (await opened).call(call)
    },
  }
  return { signIn, passkeys: createPasskeys(), secret, secureCookies }
}
