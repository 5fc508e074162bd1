import type { Ctx, JobCtx, SystemCtx } from '../context.ts'
import { DomainFault, type FaultData } from '../errors.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { fold } from '../text.ts'
import type { FailurePurpose } from './credentials.types.ts'
import {
  countFailure,
  deleteFailures,
  deleteFailuresOf,
  deleteOldFailures,
  type FailureKey,
  selectFailures,
} from './login-failures.queries.ts'
import { attemptsLeft, countedAddress, type Failures, lockedForMs, lockMs } from './login-failures.rules.ts'
import { isImpossiblePassword } from './passwords.rules.ts'

/** A password that somebody presents. Wrong ones are counted by purpose, account and address. */
export interface Attempt {
  readonly purpose: FailurePurpose
  /** What the account is called in the count, see `nameAccount` and `profileAccount`. */
  readonly account: string
  readonly address: string
  readonly password: string
  /** Whether a person is let in by it, or somebody who is in already proves themselves again. */
  readonly admits: boolean
}

/**
 * The account behind a login name. Names are counted and not profiles: a count that two names share would tell that they
 * belong to one person, and one that unknown names lack would tell which are known.
 */
export function nameAccount(foldedName: string): string {
  return `name ${foldedName}`
}

/** The account of a person who is logged in. */
export function profileAccount(profileId: string): string {
  return `profile ${profileId}`
}

/**
 * Proves a password against a hash, or against none where there is no person or no password; both cost the same time and the
 * same statements. Throws `login_failed` or `login_locked`, or for who is in already `password_wrong` or `password_locked`: the
 * tenth wrong password in a row locks the account for the address for 30 minutes. Throws `hashing_exhausted`.
 */
export async function provePassword(
  ctx: Ctx,
  attempt: Attempt,
  hash: string | undefined,
): Promise<{ readonly outdated: boolean }> {
  const key = keyOf(ctx, attempt)
  refuseLocked(ctx, attempt, await selectFailures(ctx, key))
  const possible = !isImpossiblePassword(attempt.password)
  const { matches, outdated } = await ctx.passwords.verify(
    possible ? hash : undefined,
    possible ? attempt.password : '',
  )
  if (!matches) throw await countedFailure(ctx, attempt)
  // Guesses that were under way together get no more tries than ten in turn: the right one may have come too late.
  const failures = await selectFailures(ctx, key)
  refuseLocked(ctx, attempt, failures)
  if (failures !== undefined) await deleteFailures(ctx, key)
  return { outdated }
}

/** Counts a wrong password, and gives the fault to throw for it. */
export async function countedFailure(ctx: Ctx, attempt: Attempt): Promise<DomainFault> {
  const forgottenAt = new Date(ctx.now.getTime() - lockMs)
  const failures = await countFailure(ctx, keyOf(ctx, attempt), ctx.now, forgottenAt)
  const lockedMs = lockedForMs(failures, ctx.now)
  return new DomainFault(lockedMs === undefined ? wrong(attempt, attemptsLeft(failures)) : locked(attempt, lockedMs))
}

/** Forgets the wrong passwords that were counted for a profile, under its id and its names. */
export async function forgetFailuresOf(ctx: SystemCtx & { readonly appId: string }, profile: Profile): Promise<void> {
  const names = [profile.username, profile.email].filter((name) => name !== null).map((name) => nameAccount(fold(name)))
  const accounts = [profileAccount(profile.id), nameAccount(profile.id), ...names]
  await deleteFailuresOf(
    ctx,
    accounts.map((account) => accountHash(ctx, account)),
  )
}

/** Removes at most `limit` counts of the app that hold no lock and would begin anew; gives how many went. */
export async function forgetOldLoginFailures(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOldFailures({ ...ctx, appId }, new Date(ctx.now.getTime() - lockMs), limit)
}

function refuseLocked(ctx: Ctx, attempt: Attempt, failures: Failures | undefined): void {
  const lockedMs = failures && lockedForMs(failures, ctx.now)
  if (lockedMs !== undefined) throw new DomainFault(locked(attempt, lockedMs))
}

function wrong({ admits }: Attempt, attemptsLeft: number): FaultData {
  return { code: admits ? 'login_failed' : 'password_wrong', attemptsLeft }
}

function locked({ admits }: Attempt, retryAfterMs: number): FaultData {
  return { code: admits ? 'login_locked' : 'password_locked', retryAfterMs }
}

function keyOf(ctx: Ctx, { purpose, account, address }: Attempt): FailureKey {
  return { account: accountHash(ctx, account), address: countedAddress(address), purpose }
}

function accountHash(ctx: Pick<SystemCtx, 'keys'> & { readonly appId: string }, account: string): Buffer {
  return ctx.keys.hash('login failures', `${ctx.appId} ${account}`)
}
