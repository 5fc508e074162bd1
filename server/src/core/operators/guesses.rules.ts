/** After so long without a guess all of them are forgotten. */
export const forgottenMs = 30 * 60_000

/** From so many wrong guesses on the next has to wait: of one operator's password, and from one address. */
export const freeGuesses = { operator: 10, address: 50 } as const

/** How long it has to wait at most. An operator is slowed, never locked out: anybody could lock out anybody. */
export const mostDelaySeconds = 60
