import type { Ctx } from '../context.ts'
import type { Identifier } from '../errors.ts'
import { formsOf, type ProfileForms } from './profiles.rules.ts'
import type { Profile } from './profiles.types.ts'
import { insertSuppressions, selectSuppressed } from './suppressions.queries.ts'

/** The fields whose values may be put on no profile, since their person was unsubscribed. */
export async function findSuppressed(ctx: Ctx, forms: ProfileForms): Promise<Identifier[]> {
  const given = suppressible(ctx, forms)
  if (given.length === 0) return []
  const kept = await selectSuppressed(
    ctx,
    given.map(({ hash }) => hash),
  )
  return given.filter(({ hash }) => kept.some((one) => one.equals(hash))).map(({ field }) => field)
}

/** Keeps the e-mails and phones of the profiles from every other one from now on. */
export async function suppress(tx: Ctx, ...profiles: readonly Profile[]): Promise<void> {
  const hashes = profiles.flatMap((profile) => suppressible(tx, formsOf(profile)).map(({ hash }) => hash))
  if (hashes.length > 0) await insertSuppressions(tx, hashes, tx.now)
}

/** The keyed hashes under which e-mail and phone are kept away once their person was unsubscribed. */
export function suppressible(ctx: Ctx, forms: ProfileForms): { field: Identifier; hash: Buffer }[] {
  const hashed = (field: Identifier, form: string | null) =>
    form === null ? [] : [{ field, hash: ctx.keys.hash(`suppression ${field}`, `${ctx.appId} ${form}`) }]
  return [...hashed('email', forms.emailFolded), ...hashed('phone', forms.phoneE164)]
}
