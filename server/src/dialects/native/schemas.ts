import { type Static, type TSchema, Type } from 'typebox'
import { networksOfMode } from '../../core/organizations/settings.rules.ts'
import { type PropertyType, propertyTypes } from '../../core/profile-properties/profile-properties.types.ts'
import { type ProfileType, profileTypes } from '../../core/profiles/profiles.types.ts'

/** One type and not a union: it serializes without trying alternatives. */
function nullable<const Options extends object>(options: Options) {
  return Type.Unsafe<string | null>({ ...options, type: ['string', 'null'] })
}

const Instant = { format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }
const NullableText = nullable({})
const ProfileTypeName = Type.Unsafe<ProfileType>({ type: 'string', enum: [...profileTypes] })
const Attributes = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })
const strict = { additionalProperties: false }

const texts = {
  reference: nullable({ description: "The customer's own id: exact, at most 255 characters, unique in the app" }),
  label: NullableText,
  username: nullable({ description: 'Unique in the app; compared after folding (NFKC, lower case)' }),
  email: nullable({ description: 'Unique in the app; compared after folding (NFKC, lower case)' }),
  phone: nullable({
    description:
      'With its calling code, written in any way, no extension; answered as E.164; unique in the app. ' +
      'A calling code that is in use nowhere: kept as written, not unique',
  }),
  firstName: NullableText,
  lastName: NullableText,
  fullName: NullableText,
  country: nullable({
    description:
      'ISO 3166-1 alpha-2. When a phone is set and no country with it, that of the phone, unless another is set',
  }),
  city: NullableText,
  organization: NullableText,
  website: NullableText,
  twitter: NullableText,
  language: nullable({ description: 'BCP 47' }),
  timezone: nullable({ description: 'An IANA name' }),
  currency: nullable({ description: 'ISO 4217' }),
  comment: nullable({ description: 'At most 1,000 characters' }),
}

const ListIds = Type.Array(Type.String(), { description: 'Ids of lists of the app, at most 100' })

/** Body of a create and of a patch: what is absent is left alone, null empties, `attributes` are replaced whole. */
export const ProfileBody = Type.Partial(
  Type.Object({
    type: ProfileTypeName,
    ...texts,
    requireAuth: Type.Boolean(),
    attributes: Attributes,
    listIds: ListIds,
  }),
  strict,
)
export type ProfileBody = Static<typeof ProfileBody>

export const ProfileAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  uid: Type.String({ description: 'Twelve digits' }),
  longId: Type.String({ description: 'Twenty digits' }),
  number: Type.Integer({ maximum: Number.MAX_SAFE_INTEGER }),
  type: ProfileTypeName,
  ...texts,
  emailVerifiedAt: nullable(Instant),
  picture: nullable({
    description:
      'Where its picture is: a path, to which is added one of `/original.webp`, `/crop.webp`, `/512.webp`, `/256.webp`, `/128.webp`, `/64.webp`',
  }),
  requireAuth: Type.Boolean(),
  attributes: Attributes,
  listIds: ListIds,
  unsubscribedAt: nullable(Instant),
  createdBy: nullable({ format: 'uuid', description: 'The profile whose person made this one' }),
  createdAt: Type.String(Instant),
  updatedAt: Type.String(Instant),
})
export type ProfileAnswer = Static<typeof ProfileAnswer>

export const ProfileParams = Type.Object({
  profile: Type.String({
    description: 'A profile id, or one of `uid:…`, `reference:…`, `username:…`, `email:…`, `phone:…`',
    examples: ['reference:dba1fea5-2004-4ea8-a06d-a7c7c5559b8f'],
  }),
})

export const FaceAnswer = Type.Object({
  dialect: Type.String(),
  request: Type.Object(
    {
      method: Type.String(),
      path: Type.String(),
      headers: Type.Unsafe<Record<string, string>>({
        type: 'object',
        additionalProperties: { type: 'string' },
        description:
          'By name. `{secret}` and `{key}` stand for the halves of an API key, `{jwt}` for a token signed with the ' +
          "first, `{token}` for one of the person's",
      }),
    },
    { description: "What the dialect's clients send, to this server" },
  ),
  status: Type.Integer(),
  body: Type.String({ description: 'The answer, to the byte' }),
})

export const SessionParams = Type.Object({ ...ProfileParams.properties, id: Type.String() })

export const SessionAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  createdAt: Type.String(Instant),
  renewedAt: Type.String({ ...Instant, description: 'When its tokens were renewed last' }),
  expiresAt: Type.String({ ...Instant, description: 'When it ends unless they are renewed' }),
})
export type SessionAnswer = Static<typeof SessionAnswer>

/** Body of a merge: the profile that ends, in the form of a path segment. */
export const MergeBody = Type.Object({ source: ProfileParams.properties.profile }, strict)

const Cursor = Type.Optional(Type.String({ maxLength: 8_192, description: '`nextCursor` of the page before' }))
const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50 })
const Filter = Type.Optional(Type.String({ maxLength: 1_000 }))

export const ProfileListQuery = Type.Object(
  {
    limit: Limit,
    cursor: Cursor,
    sort: Type.Optional(
      Type.Unsafe<'createdAt' | '-createdAt' | 'updatedAt' | '-updatedAt'>({
        type: 'string',
        enum: ['createdAt', '-createdAt', 'updatedAt', '-updatedAt'],
        description: 'Default: `-createdAt`, the newest first. Not together with `q`',
      }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description:
          'An id, the address of a wallet, or the beginning of an identifier or of words of names. A page looks at so many ' +
          'profiles and no more: it may be short, and even empty, with a `nextCursor`. Not together with filters',
      }),
    ),
    type: Type.Optional(ProfileTypeName),
    reference: Filter,
    username: Filter,
    email: Filter,
    phone: Filter,
    country: Filter,
  },
  strict,
)
export type ProfileListQuery = Static<typeof ProfileListQuery>

/** A list in full, as the ones that stay small are. */
export const listOf = <T extends TSchema>(item: T) => Type.Object({ data: Type.Array(item) })

export const ProfileListAnswer = Type.Object({
  data: Type.Array(ProfileAnswer),
  nextCursor: NullableText,
  total: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'The exact number of profiles; null when the list is filtered or searched',
  }),
})
export type ProfileListAnswer = Static<typeof ProfileListAnswer>

export const IdParams = Type.Object({ id: Type.String() })

export const ApiKeyBody = Type.Object(
  {
    name: Type.String(),
    scopes: Type.Array(Type.String(), { maxItems: 20 }),
    expiresAt: Type.Optional(nullable(Instant)),
  },
  strict,
)
export type ApiKeyBody = Static<typeof ApiKeyBody>

export const ApiKeyAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  key: Type.String({ description: 'The public half' }),
  scopes: Type.Array(Type.String()),
  createdAt: Type.String(Instant),
  expiresAt: nullable(Instant),
  revokedAt: nullable(Instant),
  lastUsedAt: nullable({ ...Instant, description: 'Up to a minute behind' }),
})
export type ApiKeyAnswer = Static<typeof ApiKeyAnswer>

export const IssuedApiKeyAnswer = Type.Object({
  ...ApiKeyAnswer.properties,
  secret: Type.String({ description: 'Shown in this answer only' }),
})
export type IssuedApiKeyAnswer = Static<typeof IssuedApiKeyAnswer>

/** No body means the default. */
export const KeyRotationBody = Type.Unsafe<{ overlapSeconds?: number } | null>({
  type: ['object', 'null'],
  properties: {
    overlapSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 604_800,
      default: 86_400,
      description: 'After how long the key expires that is replaced; 0 ends it at once',
    },
  },
  additionalProperties: false,
})

export const SecretAnswer = Type.Object({ secret: Type.String() })

const Mode = Type.Unsafe<'sandbox' | 'live'>({ type: 'string', enum: ['sandbox', 'live'] })

export const AppBody = Type.Object({ name: Type.String(), mode: Mode }, strict)

const Count = Type.Optional(Type.Unsafe<number | null>({ type: ['integer', 'null'] }))
const Choice = Type.Optional(Type.Unsafe<boolean | null>({ type: ['boolean', 'null'] }))
const NetworkChoice = Type.Optional(NullableText)
const NetworkChoices = Type.Optional(
  Type.Unsafe<readonly string[] | null>({ type: ['array', 'null'], items: { type: 'string' } }),
)

const Hosts = Type.Array(Type.String(), {
  description:
    'The hosts by which requests without an API key find the app, as `shop.example.com`: no port, at most 100. ' +
    'A host leads to one app only; loopback and the host of `FACET_PUBLIC_URL` lead to the default app',
})

/** Body of an app's patch: what is absent is left alone, null puts a setting back to its default. */
export const AppPatch = Type.Partial(
  Type.Object({
    name: Type.String(),
    settings: Type.Partial(
      Type.Object({
        limits: Type.Object({ perSecond: Count, perMinute: Count, parallel: Count }, strict),
        selfService: Type.Object(
          { enabled: Choice, registration: Choice, strict: Choice, changesPerDay: Count },
          strict,
        ),
        wallets: Type.Object(
          { networks: NetworkChoices, withProfile: NetworkChoices, defaultEvmNetwork: NetworkChoice },
          strict,
        ),
      }),
      strict,
    ),
    hosts: Hosts,
  }),
  strict,
)

const networksOf = (description: string) =>
  Type.Unsafe<readonly string[]>({ type: 'array', items: { type: 'string' }, description })

const AppSettings = Type.Object({
  limits: Type.Object(
    {
      perSecond: Type.Integer(),
      perMinute: Type.Integer(),
      parallel: Type.Integer({ description: 'Requests under way at the same time in one process' }),
    },
    { description: 'What the app may ask of those dialects that count its requests; this one does not' },
  ),
  selfService: Type.Object(
    {
      enabled: Type.Boolean({ description: "People may use the app's profiles with credentials of their own" }),
      registration: Type.Boolean({ description: 'Anybody may register' }),
      strict: Type.Boolean({ description: 'People must sign in to read profiles' }),
      changesPerDay: Type.Integer({
        description: 'How often a person may change their own profile within a day of the first change',
      }),
    },
    { description: 'What people may do by themselves, in dialects that know people and not only API keys' },
  ),
  wallets: Type.Object(
    {
      networks: networksOf('Those that wallets may be on; all of them until it is set'),
      withProfile: networksOf('Those on which every new profile gets a wallet; none until it is set'),
      defaultEvmNetwork: Type.String({ description: 'The one of clients that can name none' }),
    },
    {
      description:
        `Networks, each once. A sandbox app takes test networks (${networksOfMode.sandbox.join(', ')}), ` +
        `a live app main networks (${networksOfMode.live.join(', ')})`,
    },
  ),
})

export const AppAnswer = Type.Object({
  id: Type.String({ format: 'uuid' }),
  number: Type.Integer(),
  organizationId: Type.String({ format: 'uuid' }),
  name: Type.String(),
  mode: Mode,
  settings: AppSettings,
  hosts: Hosts,
  createdAt: Type.String(Instant),
})
export type AppAnswer = Static<typeof AppAnswer>

export const CreatedAppAnswer = Type.Object({ ...AppAnswer.properties, apiKey: IssuedApiKeyAnswer })
export type CreatedAppAnswer = Static<typeof CreatedAppAnswer>

const listTexts = {
  name: Type.String({ description: 'Unique in the app' }),
  description: Type.String(),
  color: Type.String({ description: '`#rrggbb`' }),
}
export const ProfileListPatch = Type.Partial(Type.Object(listTexts), strict)
export const ProfileListBody = Type.Object({ ...ProfileListPatch.properties, name: listTexts.name }, strict)

export const ProfileListObject = Type.Object({
  id: Type.String({ format: 'uuid' }),
  longId: Type.String({ description: 'Twenty digits' }),
  ...listTexts,
  createdAt: Type.String(Instant),
  updatedAt: Type.String(Instant),
})
export type ProfileListObject = Static<typeof ProfileListObject>

const propertyFields = {
  label: Type.String({ description: 'The name of the attribute, unique in the app' }),
  dataType: Type.Unsafe<PropertyType>({ type: 'string', enum: [...propertyTypes] }),
  example: Type.String(),
  description: Type.String(),
  exportAlias: Type.String(),
  personal: Type.Boolean({ description: 'Whether its values say something of a person' }),
  importable: Type.Boolean(),
  exportable: Type.Boolean(),
}
export const ProfilePropertyBody = Type.Object(
  {
    ...Type.Partial(Type.Object(propertyFields)).properties,
    label: propertyFields.label,
    dataType: propertyFields.dataType,
  },
  strict,
)

export const ProfilePropertyObject = Type.Object({
  id: Type.String({ format: 'uuid' }),
  longId: Type.String({ description: 'Twenty digits' }),
  ...propertyFields,
  createdAt: Type.String(Instant),
  updatedAt: Type.String(Instant),
})
export type ProfilePropertyObject = Static<typeof ProfilePropertyObject>

/** Problem details (RFC 9457). `errors` blames fields by JSON pointer (RFC 6901). */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), rule: Type.String(), detail: Type.String() }))),
  oldestSequence: Type.Optional(Type.Integer()),
  requestId: Type.String(),
})
export type Problem = Static<typeof Problem>

/** The body of a command that needs nothing said: none, or an object without members. */
export const NoBody = Type.Unsafe<Record<string, never> | null>({
  type: ['object', 'null'],
  properties: {},
  additionalProperties: false,
})

/** An answer without a body. */
export const empty = (description: string) => Type.Unsafe<unknown>({ type: 'null', description })

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

/** What every route may answer instead of what it promises. */
export const faults = {
  '4xx': problem('The request cannot be served as it is'),
  '5xx': problem('Facet or its database failed'),
}
