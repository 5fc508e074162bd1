import { type TSchema, Type } from 'typebox'

const strict = { additionalProperties: false }
/** More than any field here needs; what is longer is not hashed. */
const Text = Type.String({ maxLength: 2_048 })

const Nothing = Type.Unsafe<Record<string, never> | null>({
  type: ['object', 'null'],
  properties: {},
  additionalProperties: false,
})
export const EmailPassword = Type.Object({ email: Text, password: Text }, strict)
export const PasswordChange = Type.Object({ currentPassword: Text, newPassword: Text }, strict)
export const Password = Type.Object({ password: Text }, strict)
export const Code = Type.Object({ code: Text }, strict)
export const Name = Type.Object({ name: Text }, strict)
export const Token = Type.Object({ token: Text }, strict)
export const Email = Type.Object({ email: Text }, strict)
export const Id = Type.Object({ id: Text }, strict)

export const AcceptBody = Type.Object(
  {
    token: Text,
    password: Text,
    name: Type.Optional(Text),
    email: Type.Optional(Text),
    organization: Type.Optional(Text),
  },
  strict,
)

/** What a browser says of a passkey: an object of WebAuthn, as JSON. */
const BrowserAnswer = Type.Unsafe<object>({ type: 'object', additionalProperties: true })
export const PasskeyBody = Type.Object({ name: Text, response: BrowserAnswer }, strict)
export const PasskeyAnswerBody = Type.Object({ response: BrowserAnswer }, strict)
export const IdParams = Type.Object({ id: Type.String() })

/** A request that the sign-in answers by itself. */
export interface PassedRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: TSchema
  /** Whether it holds a password, or a code, of the operator who is signed in: a guess. */
  readonly proves?: true
}

export const passedRoutes: readonly PassedRoute[] = [
  { method: 'GET', path: '/get-session' },
  { method: 'POST', path: '/sign-out', body: Nothing },
  { method: 'POST', path: '/two-factor/enable', body: Password, proves: true },
  { method: 'POST', path: '/two-factor/disable', body: Password, proves: true },
  { method: 'POST', path: '/two-factor/get-totp-uri', body: Password, proves: true },
  { method: 'POST', path: '/two-factor/generate-backup-codes', body: Password, proves: true },
  // Guesses of these are counted by the sign-in itself: five a sign-in, ten in a row.
  { method: 'POST', path: '/two-factor/verify-totp', body: Code },
  { method: 'POST', path: '/two-factor/verify-backup-code', body: Code },
]
