import { type Static, Type } from 'typebox'

/** A string or null, as one type and not a union: it serializes without trying alternatives. */
const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

/** Null, or a text that is not empty: what is left out must be left out. */
const GivenString = Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1 })

/** Body of `POST /user` (seed 004, "Request body"): all of it may be left out. Other keys are ignored. */
export const CreateUserBody = Type.Object({
  user_external_id: Type.Optional(GivenString),
  email: Type.Optional(GivenString),
})
export type CreateUserBody = Static<typeof CreateUserBody>

/** Query of `GET /user`; `client_id` is the old name of `user_external_id`. */
export const FindUserQuery = Type.Object({
  user_external_id: Type.Optional(Type.String()),
  client_id: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
})
export type FindUserQuery = Static<typeof FindUserQuery>

export const UserPath = Type.Object({ uid: Type.String() })

/** `201` of `POST /user` (seed 004, "Response example"). */
export const CreateUserAnswer = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({ uid: Type.String() }),
})
export type CreateUserAnswer = Static<typeof CreateUserAnswer>

const Wallet = Type.Object({
  address: Type.String(),
  explorer_url: Type.String(),
  network: Type.String(),
  /** EVM networks alone have one. */
  chain_id: Type.Optional(Type.Integer()),
})

/** A user with its keys in the vendor's order. */
export const User = Type.Object({
  uid: Type.String(),
  created_at: Type.String(),
  email: NullableString,
  user_external_id: NullableString,
  wallets: Type.Array(Wallet),
  client_id: NullableString,
})
export type User = Static<typeof User>

/** `200` of `GET /user/{uid}`. */
export const UserAnswer = Type.Object({ success: Type.Literal(true), data: User })
export type UserAnswer = Static<typeof UserAnswer>

/** `200` of `GET /user`: no user fits where `success` is false and `data` null. */
export const FindUserAnswer = Type.Object({
  success: Type.Boolean(),
  data: Type.Unsafe<User | null>({ ...User, type: ['object', 'null'] }),
})
export type FindUserAnswer = Static<typeof FindUserAnswer>

/** Query of `GET /deposit`: both are asked for. What a collection is does not matter until there are any. */
export const DepositQuery = Type.Object({
  user_uid: Type.String({ minLength: 1 }),
  collection_uid: Type.String({ minLength: 1 }),
})

/** `200` of `GET /deposit`: the last two are null until the wallet is there. */
export const DepositAnswer = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({
    network: Type.String(),
    chain_id: Type.Integer(),
    wallet_address: NullableString,
    qr_code_data: NullableString,
  }),
})
export type DepositAnswer = Static<typeof DepositAnswer>

export const errorTypes = ['validation_error', 'client_error', 'server_error'] as const

const ErrorDetail = Type.Object({
  code: Type.String(),
  message: Type.String(),
  /** The field to blame, where there is one. */
  field_name: Type.Optional(Type.String()),
})
export type ErrorDetail = Static<typeof ErrorDetail>

/** Every error; `detail` is an array when several fields are to blame, in the order of the fields. */
export const ErrorAnswer = Type.Object({
  success: Type.Literal(false),
  error: Type.Object({
    type: Type.Unsafe<(typeof errorTypes)[number]>({ type: 'string', enum: [...errorTypes] }),
    detail: Type.Union([ErrorDetail, Type.Array(ErrorDetail)]),
  }),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>
