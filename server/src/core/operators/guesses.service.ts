import type { SystemCtx } from '../context.ts'
import { countedAddress } from '../credentials/credentials.service.ts'
import { DomainFault } from '../errors.ts'
import { toMailbox } from '../text.ts'
import {
  countGuess,
  deleteGuesses,
  deleteOldGuesses,
  type Guesser,
  selectWaitMs,
  takeBackGuess,
} from './guesses.queries.ts'
import { forgottenMs, freeGuesses } from './guesses.rules.ts'

type GuessCtx = Pick<SystemCtx, 'db' | 'keys' | 'now'>

/** A guess at an operator's password or code, from an address. */
export interface Guess {
  readonly email: string
  readonly address: string
}

/**
 * Counts a guess before it is looked at, so that many at once are no more tries than so many in turn; `right` then takes it back.
 * Throws `guesses_exhausted`: from the eleventh wrong guess at one operator on, wherever it comes from, each waits longer, up to a
 * minute, and so does each from the fifty-first of one address on. Unknown e-mails are counted as known ones are.
 */
export async function countedGuess(ctx: GuessCtx, guess: Guess): Promise<{ right(): Promise<void> }> {
  const { operator, address } = guessersOf(ctx, guess)
  for (const guesser of [address, operator]) {
    if (await countGuess(ctx, guesser, ctx.now)) continue
    if (guesser === operator) await takeBackGuess(ctx, address.subject)
    throw new DomainFault({ code: 'guesses_exhausted', retryAfterMs: await selectWaitMs(ctx, guesser, ctx.now) })
  }
  return {
    async right() {
      await deleteGuesses(ctx, operator.subject)
      await takeBackGuess(ctx, address.subject)
      await deleteOldGuesses(ctx, new Date(ctx.now.getTime() - forgottenMs))
    },
  }
}

function guessersOf({ keys }: GuessCtx, { email, address }: Guess): { operator: Guesser; address: Guesser } {
  const subject = (text: string) => keys.hash('auth.guesses', text)
  return {
    operator: { subject: subject(`operator ${toMailbox(email)}`), free: freeGuesses.operator },
    address: { subject: subject(`address ${countedAddress(address)}`), free: freeGuesses.address },
  }
}
