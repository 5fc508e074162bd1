import { invalid } from '../../core/errors.ts'
import type { ProfileImport } from '../../core/profile-imports/profile-imports.types.ts'
import type { ProfileList, ProfileListInput, ProfileListKey } from '../../core/profile-lists/profile-lists.types.ts'
import { fitsType } from '../../core/profile-properties/profile-properties.rules.ts'
import {
  type ProfileProperty,
  type ProfilePropertyInput,
  type PropertyType,
  propertyTypes,
} from '../../core/profile-properties/profile-properties.types.ts'
import type { Attributes, Profile, ProfileInput, ProfileKey } from '../../core/profiles/profiles.types.ts'
import { parseStrictJson } from '../../http/strict-json.ts'
import type {
  FullProfile,
  ImportBody,
  ListAnswer,
  ProfileBody,
  ProfileListPatch,
  PropertyAnswer,
  PropertyBody,
} from './schemas.ts'

/** The profile that an id of the vendor's form names. */
export function toProfileKey(id: string): ProfileKey {
  return { by: 'longId', value: id }
}

/** The list that an id of the vendor's form names. */
export function toListKey(id: string): ProfileListKey {
  return { by: 'longId', value: id }
}

/** What a body sets, but for `lists`, which have to be looked up, and `custom_properties`, which are set one by one. */
export function toProfileInput(body: ProfileBody): ProfileInput {
  const { email, mobile_phone_number: phone, full_name: fullName, organization_id: organization, comment } = body
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(fullName !== undefined && { fullName }),
    ...(organization !== undefined && { organization: organization === null ? null : String(organization) }),
    ...(comment !== undefined && { comment }),
  }
}

/** The attributes that `custom_properties` name. Throws `input_invalid` unless they are an object, or JSON of one. */
export function toAttributes(properties: ProfileBody['custom_properties']): Attributes {
  const object = typeof properties === 'string' ? parseObject(properties) : (properties ?? {})
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, plainValue(name, value)]))
}

function parseObject(text: string): object {
  const value = parseStrictJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid({ path: ['custom_properties'], rule: 'type' })
}

/** The types of the vendor's values; `integer` is a number without a fraction. */
const valueTypes: Readonly<Record<string, PropertyType>> = {
  string: 'text',
  integer: 'number',
  ...Object.fromEntries(propertyTypes.map((type) => [type, type])),
}

/** A value, or the value of `{type, value}` (1.2, import). Throws `input_invalid` when it is not of the type that it names. */
function plainValue(name: string, given: unknown): unknown {
  if (!isTyped(given)) return given
  const { type: wanted, value } = given
  const type = Object.hasOwn(valueTypes, wanted) ? valueTypes[wanted] : undefined
  const whole = wanted !== 'integer' || Number.isInteger(Number(value))
  const fits = type !== undefined && (value === null || (whole && fitsType(type, value)))
  if (!fits) throw invalid({ path: ['custom_properties', name], rule: 'type' })
  return value
}

function isTyped(value: unknown): value is { type: string; value: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const keys = Object.keys(value).sort()
  return (
    keys.length === 2 &&
    keys[0] === 'type' &&
    keys[1] === 'value' &&
    typeof (value as { type: unknown }).type === 'string'
  )
}

export function toImports(body: ImportBody): ProfileImport[] {
  return body.profiles.map((profile) => ({
    longId: profile.id,
    attributes: toAttributes(profile.custom_properties),
  }))
}

/** What the vendor counts and Facet does not. */
const zeros = {
  total_pageviews: '0',
  total_goals: '0',
  push_wokenup: '0',
  push_clicks: '0',
  ad_served: '0',
  ad_impressions: '0',
  ad_spam_impressions: '0',
  ad_clicks: '0',
  ad_spam_clicks: '0',
  ad_conversions: '0',
  income: '0',
  cost: '0',
  conversion_score: '0',
} as const

/** A profile as the vendor shows it (1.3). `lists` are long ids by ids; lists that were deleted are left out. */
export function toProfileItem(profile: Profile, company: number, lists: ReadonlyMap<string, string>): FullProfile {
  return {
    id: profile.longId,
    company_id: String(company),
    status: profile.unsubscribedAt === null ? '1' : '0',
    container_id: '0',
    app_type: 'web',
    app_name: '',
    country_code: profile.country ?? '',
    region: '0',
    city: '0',
    asn: '0',
    os_id: '0',
    browser_id: '0',
    device_id: '0',
    user_lang: profile.language ?? 'en',
    timezone: profile.timezone ?? '',
    ...zeros,
    email: profile.email ?? '',
    mobile_phone_number: profile.phone ?? '',
    full_name: profile.fullName ?? '',
    create_time: toTime(profile.createdAt),
    update_time: toTime(profile.updatedAt),
    organization_id: profile.organization ?? '',
    lists: profile.listIds.flatMap((id) => lists.get(id) ?? []),
    comment: profile.comment ?? '',
    custom_properties: { ...profile.attributes },
  }
}

/** What a body sets of a list; null empties its description. */
export function toListInput({ name, description, color }: ProfileListPatch): ProfileListInput {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description: description ?? '' }),
    ...(color !== undefined && { color }),
  }
}

export function toListItem(list: ProfileList, company: number): ListAnswer {
  const { longId, name, description, color } = list
  return {
    id: longId,
    company_id: String(company),
    name,
    description,
    color,
    create_time: toTime(list.createdAt),
    update_time: toTime(list.updatedAt),
  }
}

/** Throws `input_invalid` for a type that there is not. */
export function toPropertyInput(body: PropertyBody): ProfilePropertyInput {
  return {
    label: body.label,
    dataType: toPropertyType(body.data_type),
    example: body.example ?? '',
    description: body.description ?? '',
    exportAlias: body.export_alias ?? '',
    personal: isSet(body.pi_data, false),
    importable: isSet(body.importable, true),
    exportable: isSet(body.exportable, true),
  }
}

function toPropertyType(text: string): PropertyType {
  const type = propertyTypes.find((candidate) => candidate === text)
  if (type === undefined) throw invalid({ path: ['data_type'], rule: 'choice', allowed: propertyTypes })
  return type
}

function isSet(flag: number | string | boolean | undefined, byDefault: boolean): boolean {
  return flag === undefined ? byDefault : flag === true || Number(flag) === 1
}

export function toPropertyItem(property: ProfileProperty, company: number): PropertyAnswer {
  const { longId, label, dataType, example, description, exportAlias } = property
  return {
    id: longId,
    company_id: String(company),
    label,
    data_type: dataType,
    example,
    description,
    export_alias: exportAlias,
    pi_data: Number(property.personal),
    importable: Number(property.importable),
    exportable: Number(property.exportable),
    create_time: toTime(property.createdAt),
    update_time: toTime(property.updatedAt),
  }
}

/** `YYYY-MM-DD HH:MM:SS`, GMT (1.2). */
function toTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}
