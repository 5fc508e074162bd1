import { type Static, Type } from 'typebox'

const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })
/** A decimal string, as ids are answered. As a number it would be another one: a double keeps sixteen of its twenty digits. */
const IdText = Type.String()
/** An object, or JSON of one in a string: the vendor's pages print both. */
const CustomProperties = Type.Unsafe<Record<string, unknown> | string | null>({ type: ['object', 'string', 'null'] })

/** Body of a create (seed 001) and of a patch (contracts/ocamba.md 1.2). Other keys are ignored. */
export const ProfileBody = Type.Object({
  email: Type.Optional(NullableString),
  mobile_phone_number: Type.Optional(NullableString),
  full_name: Type.Optional(NullableString),
  organization_id: Type.Optional(
    Type.Unsafe<string | number | null>({
      type: ['string', 'integer', 'null'],
      minimum: Number.MIN_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
    }),
  ),
  lists: Type.Optional(Type.Array(IdText)),
  comment: Type.Optional(NullableString),
  custom_properties: Type.Optional(CustomProperties),
})
export type ProfileBody = Static<typeof ProfileBody>

/** The object of 201 with its keys in the order in which the vendor prints them; every value is a string (1.3). */
const profileFields = {
  id: Type.String(),
  company_id: Type.String(),
  status: Type.String(),
  container_id: Type.String(),
  app_type: Type.String(),
  app_name: Type.String(),
  country_code: Type.String(),
  region: Type.String(),
  city: Type.String(),
  asn: Type.String(),
  os_id: Type.String(),
  browser_id: Type.String(),
  device_id: Type.String(),
  user_lang: Type.String(),
  timezone: Type.String(),
  total_pageviews: Type.String(),
  total_goals: Type.String(),
  push_wokenup: Type.String(),
  push_clicks: Type.String(),
  ad_served: Type.String(),
  ad_impressions: Type.String(),
  ad_spam_impressions: Type.String(),
  ad_clicks: Type.String(),
  ad_spam_clicks: Type.String(),
  ad_conversions: Type.String(),
  income: Type.String(),
  cost: Type.String(),
  conversion_score: Type.String(),
  email: Type.String(),
  mobile_phone_number: Type.String(),
  full_name: Type.String(),
  create_time: Type.String(),
  update_time: Type.String(),
}
const fullFields = {
  organization_id: Type.String(),
  lists: Type.Array(Type.String()),
  comment: Type.String(),
  custom_properties: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
}

export const ProfileAnswer = Type.Object(profileFields)
export type ProfileAnswer = Static<typeof ProfileAnswer>
export const FullProfile = Type.Object({ ...profileFields, ...fullFields })
export type FullProfile = Static<typeof FullProfile>

/** The names of the default view and of the full one. */
export const profileViews = {
  default: new Set(Object.keys(profileFields)),
  full: new Set(Object.keys(FullProfile.properties)),
}

/** What a list answers, and what one thing of a list is answered as (1.2). `fields` leaves some of an item's keys out. */
const listOf = <T extends Parameters<typeof Type.Partial>[0]>(item: T) =>
  Type.Object({ total: Type.Integer(), items: Type.Array(Type.Partial(item)) })
export const ProfileListAnswer = listOf(FullProfile)
export type ProfileListAnswer = Static<typeof ProfileListAnswer>

/** The query of every list (1.2); read as text and taken apart by list-query.ts. */
export const ListQuery = Type.Object(
  {
    fields: Type.Optional(Type.String({ description: 'Keys of an item, by commas; goes before `view`' })),
    view: Type.Optional(Type.String({ description: '`default` or `full`' })),
    sort: Type.Optional(Type.String({ description: 'Keys by commas, `-` before one that descends' })),
    page: Type.Optional(Type.String({ description: '`N,M`: page N, from 1, of M items; M is optional' })),
    q: Type.Optional(Type.String({ description: 'What to search for' })),
    q_fields: Type.Optional(Type.String({ description: 'Where to search, by commas' })),
  },
  { additionalProperties: false },
)
export type ListQuery = Static<typeof ListQuery>

/** The query of a single thing. */
export const ViewQuery = Type.Pick(ListQuery, ['fields', 'view'], { additionalProperties: false })
export type ViewQuery = Static<typeof ViewQuery>

export const IdParams = Type.Object({ id: Type.String() })
export const MergeParams = Type.Object({ id: Type.String(), sid: Type.String() })

/** Body of `POST /profiles/import`: updates only, at most 100 properties of each, every id once (1.2). */
export const ImportBody = Type.Object({
  profiles: Type.Array(
    Type.Object({
      id: IdText,
      custom_properties: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
    }),
    { minItems: 1 },
  ),
})
export type ImportBody = Static<typeof ImportBody>
export const ImportAnswer = Type.Object({ queued: Type.Integer() })

const listDetails = { description: Type.Optional(NullableString), color: Type.Optional(Type.String()) }
export const ProfileListBody = Type.Object({ name: Type.String(), ...listDetails })
export const ProfileListPatch = Type.Object({ name: Type.Optional(Type.String()), ...listDetails })
export type ProfileListPatch = Static<typeof ProfileListPatch>
export const ListAnswer = Type.Object({
  id: Type.String(),
  company_id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  color: Type.String(),
  create_time: Type.String(),
  update_time: Type.String(),
})
export type ListAnswer = Static<typeof ListAnswer>
export const ListsAnswer = listOf(ListAnswer)

/** 0 or 1; also as text or boolean. */
const Flag = Type.Unsafe<number | string | boolean>({
  type: ['integer', 'string', 'boolean'],
  enum: [0, 1, '0', '1', false, true],
})
export const PropertyBody = Type.Object({
  label: Type.String(),
  data_type: Type.String(),
  example: Type.Optional(NullableString),
  description: Type.Optional(NullableString),
  export_alias: Type.Optional(NullableString),
  pi_data: Type.Optional(Flag),
  importable: Type.Optional(Flag),
  exportable: Type.Optional(Flag),
})
export type PropertyBody = Static<typeof PropertyBody>
export const PropertyAnswer = Type.Object({
  id: Type.String(),
  company_id: Type.String(),
  label: Type.String(),
  data_type: Type.String(),
  example: Type.String(),
  description: Type.String(),
  export_alias: Type.String(),
  pi_data: Type.Integer(),
  importable: Type.Integer(),
  exportable: Type.Integer(),
  create_time: Type.String(),
  update_time: Type.String(),
})
export type PropertyAnswer = Static<typeof PropertyAnswer>
export const PropertiesAnswer = listOf(PropertyAnswer)

/** Every error (1.4). Only an internal one has no message. */
export const ErrorAnswer = Type.Object({
  code: Type.Integer(),
  title: Type.String(),
  message: Type.Optional(Type.String()),
  trace_id: Type.String(),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>

export const empty = Type.Unsafe<unknown>({ type: 'null', description: 'Done' })
