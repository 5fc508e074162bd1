import { createHash, randomBytes } from 'node:crypto'
import type { SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import type { PasskeySite, Passkeys } from '../ports.ts'
import { checkName } from '../text.ts'
import type { Operator, OperatorSession, Passkey } from './operators.types.ts'
import {
  deletePasskeyRow,
  insertChallenge,
  insertPasskey,
  noteUse,
  renamePasskeyRow,
  selectCredential,
  selectCredentialIds,
  selectPasskeys,
  takeChallenge,
} from './passkeys.queries.ts'
import { type ProofCtx, provePassword } from './proofs.service.ts'

/** What passkeys need beside what every work has. */
export interface PasskeyCtx extends SystemCtx {
  readonly passkeys: Passkeys
  readonly site: PasskeySite
}

const challengeLifeMs = 300_000
/** What lets somebody in for good is changed in a session of the last day alone. */
const freshMs = 86_400_000
const base64url = /^[\w-]+$/

const refused = () => new DomainFault({ code: 'passkey_invalid' })

/**
 * What the browser of an operator is given to make a passkey. It lets in for good, so that a session alone, which may be stolen, does
 * not do: the password proves who asks. Throws `operator_session_stale`, `operator_password_wrong`, `guesses_exhausted`,
 * `hashing_exhausted`.
 */
export async function beginRegistration(
  ctx: PasskeyCtx & ProofCtx,
  session: OperatorSession,
  password: string,
): Promise<object> {
  requireFresh(ctx, session)
  await provePassword(ctx, session.operator, password)
  const { id, email, name } = session.operator
  const challenge = await newChallenge(ctx, id)
  return ctx.passkeys.registrationOptions(ctx.site, challenge, {
    id,
    email,
    name,
    known: await selectCredentialIds(ctx, id),
  })
}

/** Keeps a passkey that was made for the challenge. Throws `passkey_invalid`, `input_invalid`, `operator_session_stale`. */
export async function finishRegistration(
  ctx: PasskeyCtx,
  session: OperatorSession,
  { name, response }: { readonly name: string; readonly response: object },
): Promise<Passkey> {
  requireFresh(ctx, session)
  checkName(name)
  const { id: operatorId } = session.operator
  const challenge = await answeredChallenge(ctx, response, operatorId)
  const credential = await ctx.passkeys.verifyRegistration(ctx.site, challenge, response)
  if (credential === undefined) throw refused()
  const id = newId()
  const passkey: Passkey = { id, name, createdAt: timeOfId(id), lastUsedAt: null }
  if (!(await insertPasskey(ctx, operatorId, passkey, credential))) throw refused()
  return passkey
}

/** What any browser is given to sign in with a passkey that it has. */
export async function beginAuthentication(ctx: PasskeyCtx): Promise<object> {
  return ctx.passkeys.authenticationOptions(ctx.site, await newChallenge(ctx, null))
}

/**
 * The operator whose passkey answered the challenge. The authenticator has made sure that it is them, so that a passkey stands for both
 * factors. Throws `passkey_invalid`.
 */
export async function finishAuthentication(ctx: PasskeyCtx, response: object): Promise<Operator> {
  const challenge = await answeredChallenge(ctx, response, null)
  const { id: credentialId } = response as { readonly id?: unknown }
  const isNamed = typeof credentialId === 'string' && base64url.test(credentialId)
  const found = isNamed ? await selectCredential(ctx, credentialId) : undefined
  if (found === undefined) throw refused()
  const { id, operator, credential } = found
  const after = await ctx.passkeys.verifyAuthentication(ctx.site, challenge, response, credential)
  if (after === undefined || !(await noteUse(ctx, id, { before: credential.counter, after }, ctx.now))) throw refused()
  return operator
}

/** The passkeys of an operator, the oldest first. */
export function listPasskeys(ctx: Pick<SystemCtx, 'db'>, operatorId: string): Promise<Passkey[]> {
  return selectPasskeys(ctx, operatorId)
}

/** Throws `passkey_not_found`, `input_invalid`. */
export async function renamePasskey(
  ctx: Pick<SystemCtx, 'db'>,
  operatorId: string,
  id: string,
  name: string,
): Promise<Passkey> {
  checkName(name)
  const passkey = isUuid(id) ? await renamePasskeyRow(ctx, operatorId, id, name) : undefined
  if (passkey === undefined) throw new DomainFault({ code: 'passkey_not_found' })
  return passkey
}

/** Throws `passkey_not_found`, `operator_session_stale`. */
export async function deletePasskey(ctx: SystemCtx, session: OperatorSession, id: string): Promise<void> {
  requireFresh(ctx, session)
  const deleted = isUuid(id) && (await deletePasskeyRow(ctx, session.operator.id, id))
  if (!deleted) throw new DomainFault({ code: 'passkey_not_found' })
}

async function newChallenge(ctx: PasskeyCtx, operatorId: string | null): Promise<Buffer> {
  const challenge = randomBytes(32)
  const hash = hashOf(challenge.toString('base64url'))
  await insertChallenge(ctx, { hash, operatorId, expiresAt: new Date(ctx.now.getTime() + challengeLifeMs) }, ctx.now)
  return challenge
}

/** The challenge that a browser says it answers, which is taken away: whether it did is found out after. */
async function answeredChallenge(ctx: PasskeyCtx, response: object, operatorId: string | null): Promise<string> {
  const challenge = challengeIn(response)
  const taken = challenge !== undefined && (await takeChallenge(ctx, hashOf(challenge), operatorId, ctx.now))
  if (!taken) throw refused()
  return challenge
}

/** What `clientDataJSON` holds (WebAuthn Level 3, 5.8.1). */
function challengeIn(response: object): string | undefined {
  const { clientDataJSON } = (response as { response?: { clientDataJSON?: unknown } }).response ?? {}
  try {
    const { challenge } = JSON.parse(Buffer.from(String(clientDataJSON), 'base64url').toString())
    return typeof challenge === 'string' ? challenge : undefined
  } catch {
    return undefined
  }
}

function hashOf(challenge: string): Buffer {
  return createHash('sha256').update(challenge).digest()
}

function requireFresh(ctx: SystemCtx, { createdAt }: OperatorSession): void {
  if (ctx.now.getTime() - createdAt.getTime() > freshMs) throw new DomainFault({ code: 'operator_session_stale' })
}
