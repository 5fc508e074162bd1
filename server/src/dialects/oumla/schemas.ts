import { type Static, Type } from 'typebox'
import { type ProfileType, profileTypes } from '../../core/profiles/profiles.types.ts'

/** A string or null, as one type and not a union: it serializes without trying alternatives. */
export const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const ProfileTypeName = Type.Unsafe<ProfileType>({ type: 'string', enum: [...profileTypes] })

/** What a client names a profile by. */
export const Reference = Type.String({ minLength: 1, maxLength: 255 })

/** Body of `POST /api/v1/profiles` (seed 000, "Request Body"). Other keys are ignored. */
export const CreateProfileBody = Type.Object({
  reference: Reference,
  type: ProfileTypeName,
})
export type CreateProfileBody = Static<typeof CreateProfileBody>

/** Query of a list; `limit` is another name of `take` (contracts/README, decision 2). Read as text: "1e1" is no number here. */
export const PageQuery = Type.Object({
  skip: Type.Optional(Type.String()),
  take: Type.Optional(Type.String()),
  limit: Type.Optional(Type.String()),
})
export type PageQuery = Static<typeof PageQuery>

/** Path of what belongs to one profile. */
export const ReferenceParams = Type.Object({ reference: Type.String() })

const CreatedProfile = Type.Object({ reference: Type.String(), type: ProfileTypeName })

/** `201`: `{message, profile}` as the seed has it, or `{data}` for a client that sends `x-sdk-version`. */
export const CreateProfileAnswer = Type.Object({
  message: Type.Optional(Type.String()),
  profile: Type.Optional(CreatedProfile),
  data: Type.Optional(CreatedProfile),
})
export type CreateProfileAnswer = Static<typeof CreateProfileAnswer>

const MiniWallet = Type.Object({
  organizationId: Type.String(),
  reference: Type.String(),
  type: Type.String(),
  index: Type.Integer(),
  currentDeepIndex: Type.Integer(),
  address: Type.Array(Type.String()),
  transaction: Type.Array(Type.Object({})),
  network: Type.String(),
  date: Type.String(),
})

/** A list item with its keys in the order in which the seed prints them. */
export const ListedProfile = Type.Object({
  createdAt: Type.String(),
  updated_at: Type.String(),
  organizationId: Type.String(),
  type: Type.String(),
  label: NullableString,
  reference: Type.String(),
  miniWallets: Type.Array(MiniWallet),
  bitcoin_balance: Type.Object({ confirmed: Type.String(), unconfirmed: Type.String(), total: Type.String() }),
  addressesCount: Type.Integer(),
})
export type ListedProfile = Static<typeof ListedProfile>

const pagination = {
  totalElements: Type.Integer(),
  totalPages: Type.Integer(),
  skip: Type.Integer(),
  take: Type.Integer(),
}

/** Of every list: flat as in the seed, or an object of its own for a client that sends `x-sdk-version`. */
export const Paging = Type.Object({
  skip: Type.Optional(pagination.skip),
  take: Type.Optional(pagination.take),
  totalElements: Type.Optional(pagination.totalElements),
  totalPages: Type.Optional(pagination.totalPages),
  pagination: Type.Optional(Type.Object(pagination)),
})
export type Paging = Static<typeof Paging>

/** `200` of the list: `profiles` as in the seed, or `data` for a client that sends `x-sdk-version`. */
export const ListProfilesAnswer = Type.Object({
  profiles: Type.Optional(Type.Array(ListedProfile)),
  data: Type.Optional(Type.Array(CreatedProfile)),
  ...Paging.properties,
})
export type ListProfilesAnswer = Static<typeof ListProfilesAnswer>

/** Every error: `{message, errors}` as the older body, or the present envelope with its code. */
export const ErrorAnswer = Type.Object({
  message: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  code: Type.Optional(Type.String()),
  category: Type.Optional(Type.String()),
  statusCode: Type.Optional(Type.Integer()),
  path: Type.Optional(Type.String()),
  timestamp: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
  success: Type.Optional(Type.Boolean()),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>

/** What every route may answer instead. */
export const errorAnswers = { 400: ErrorAnswer, 401: ErrorAnswer, 403: ErrorAnswer, 404: ErrorAnswer }
