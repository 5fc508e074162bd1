import { type Static, Type } from 'typebox'

/** A person, keys in the order in which the seed prints them, then those that the present server adds (decision 17). */
export const PersonAnswer = Type.Object({
  url: Type.String(),
  username: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
  email: Type.Optional(Type.String()),
  city: Type.String(),
  country: Type.String(),
  organization: Type.String(),
  website: Type.String(),
  twitter: Type.String(),
  gravatar: Type.String(),
  require_auth: Type.Boolean(),
  user: Type.String(),
  metadata: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })),
  joined_on: Type.String(),
  id: Type.Integer({ maximum: Number.MAX_SAFE_INTEGER }),
  is_org: Type.Boolean(),
  name: Type.String(),
})
export type PersonAnswer = Static<typeof PersonAnswer>

/** The same for the serializer, which would write what is always there before what may be left out. */
export const PersonObject = Type.Partial(PersonAnswer)
export const PeopleAnswer = Type.Array(PersonObject)

export const UserAnswer = Type.Object({
  url: Type.String(),
  username: Type.String(),
  name: Type.String(),
  email: Type.String(),
  city: Type.String(),
  country: Type.String(),
  organization: Type.String(),
  website: Type.String(),
  twitter: Type.String(),
  gravatar: Type.String(),
  require_auth: Type.Boolean(),
  user: Type.String(),
  api_token: Type.String(),
  temp_token: Type.String(),
})

export const UserItem = Type.Object({
  id: Type.Integer({ maximum: Number.MAX_SAFE_INTEGER }),
  username: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
})

export const PasswordAnswer = Type.Object({
  username: Type.String(),
  access_token: Type.String(),
  temp_token: Type.String(),
})

/** What is wrong, in one of the shapes of the vendor's framework. */
export const ErrorAnswer = Type.Unsafe<unknown>({ description: '`{detail}`, errors by field, or a list' })

/** The fields of a registration and of a change; what each must be is looked at in person-body.ts, which names all mistakes. */
export const PersonBody = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  properties: {
    username: { description: '3 to 30 characters' },
    first_name: { description: 'At most 30 characters; this or `name` is required' },
    last_name: { description: 'At most 30 characters' },
    name: { description: 'Split at its first space' },
    email: {},
    password: {},
    city: {},
    country: { description: 'ISO 3166-1 alpha-2' },
    organization: {},
    website: {},
    twitter: {},
    require_auth: {},
    metadata: { description: 'An object, or JSON of one' },
    overwrite: { description: '`false`: metadata are merged, and nothing else is changed' },
  },
})

export const PasswordBody = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  properties: { current_password: {}, new_password: {} },
})

export const PersonParams = Type.Object({ user: Type.String() })
export const ListQuery = Type.Object({
  users: Type.Optional(Type.Unsafe<string | string[]>({ type: ['string', 'array'] })),
})
