import { type Static, type TSchema, Type } from 'typebox'

/** What wraps most answers (seed 002). */
function envelopeOf<Data extends TSchema>(data: Data) {
  return Type.Object({ status_code: Type.Integer(), errors: Type.Object({}), data })
}

export interface Envelope {
  readonly status_code: number
  readonly errors: object
  readonly data: object
}

/** An envelope with errors, or with data. */
export function envelope(status: number, errors: object = {}, data: object = {}): Envelope {
  return { status_code: status, errors, data }
}

/** A success with data. */
export function success<Data extends object>(data: Data) {
  return { status_code: 200, errors: {}, data }
}

export const NothingAnswer = envelopeOf(Type.Object({}))

const UserProfile = Type.Object({
  username: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
  email: Type.String(),
  phone_code: Type.String(),
  phone_number: Type.String(),
  country_code: Type.String(),
})

const ProfileData = Type.Object({
  UserProfile: Type.Array(UserProfile),
  ProfileImage: Type.String({ description: 'A path; empty where there is no picture' }),
  UserLocInfo: Type.Object({ lan: Type.String(), tz: Type.String(), currency: Type.String() }),
})
export type ProfileData = Static<typeof ProfileData>
export const ProfileAnswer = envelopeOf(ProfileData)
export type ProfileAnswer = Static<typeof ProfileAnswer>

export const PictureAnswer = envelopeOf(Type.Object({ image_url: Type.String() }))

const Choices = Type.Array(Type.Object({ key: Type.String(), name: Type.String() }))
export const LocalInfoAnswer = envelopeOf(Type.Object({ languages: Choices, currencies: Choices, timezones: Choices }))

export const NotModified = Type.Unsafe<unknown>({ type: 'null', description: 'As it is known' })

export const TokensAnswer = Type.Object({ refresh: Type.String(), access: Type.String() })
export const RenewedAnswer = Type.Object({ access: Type.String(), refresh: Type.String() })
export const ChecksumAnswer = envelopeOf(Type.Object({ token_checksum: Type.String() }))

/** The envelope, or a sentence in `detail` where no one could be identified. */
const ErrorAnswer = Type.Unsafe<object>({ type: 'object', additionalProperties: true })
export const errors = { '4xx': ErrorAnswer, '5xx': ErrorAnswer }

/** Every type of body that is taken, each alike. */
const consumes = ['multipart/form-data', 'application/x-www-form-urlencoded', 'application/json']

/** The schema of a body with these fields; what each of them must be is judged by the route, all at once. */
export function formOf(fields: readonly string[]) {
  const body = Type.Unsafe<Record<string, unknown> | null>({ type: ['object', 'null'], properties: looseTexts(fields) })
  return { consumes, body }
}

/** Described as texts, and let through whatever they are. */
function looseTexts(fields: readonly string[]): Record<string, object> {
  return Object.fromEntries(fields.map((field) => [field, {}]))
}
