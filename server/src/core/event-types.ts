import { type TProperties, type TSchema, Type } from 'typebox'

/** A type of event: what it tells, what it is about, the shape of its `data`, and an instance of that. */
export interface EventKind {
  readonly about: string
  /** What `subjectId` is the id of. */
  readonly subject: 'profile' | 'profile_list' | 'profile_property' | 'api_key' | 'app' | 'webhook_endpoint'
  /** JSON Schema of `data`. */
  readonly data: TSchema
  readonly example: EventData
}

/** The thing before and after a change, each with the fields that differ; null where there is no thing. */
export interface EventData {
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
}

const strict = { additionalProperties: false }
const id = Type.String({ format: 'uuid' })
const instant = Type.String({ format: 'date-time' })
const text = Type.String()
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const profile = {
  id,
  uid: text,
  longId: text,
  number: Type.Integer(),
  createdAt: instant,
  updatedAt: instant,
  type: text,
  reference: orNull(text),
  label: orNull(text),
  username: orNull(text),
  email: orNull(text),
  emailVerifiedAt: orNull(instant),
  picture: orNull(text),
  phone: orNull(text),
  firstName: orNull(text),
  lastName: orNull(text),
  fullName: orNull(text),
  country: orNull(text),
  city: orNull(text),
  organization: orNull(text),
  website: orNull(text),
  twitter: orNull(text),
  requireAuth: Type.Boolean(),
  language: orNull(text),
  timezone: orNull(text),
  currency: orNull(text),
  comment: orNull(text),
  attributes: Type.Object({}, { additionalProperties: true }),
  listIds: Type.Array(id),
  unsubscribedAt: orNull(instant),
  createdBy: orNull(id),
}
const apiKey = {
  id,
  name: text,
  key: text,
  scopes: Type.Array(text),
  createdAt: instant,
  expiresAt: orNull(instant),
  revokedAt: orNull(instant),
}
const limits = { perSecond: Type.Integer(), perMinute: Type.Integer(), parallel: Type.Integer() }
const selfService = {
  enabled: Type.Boolean(),
  registration: Type.Boolean(),
  strict: Type.Boolean(),
  changesPerDay: Type.Integer(),
}
const wallets = { networks: Type.Array(text), withProfile: Type.Array(text), defaultEvmNetwork: text }
const settings = Type.Object({
  limits: Type.Object(limits),
  selfService: Type.Object(selfService),
  wallets: Type.Object(wallets),
})
const app = {
  id,
  number: Type.Integer(),
  organizationId: id,
  name: text,
  mode: text,
  settings,
  hosts: Type.Array(text),
  createdAt: instant,
}
const endpoint = {
  id,
  url: text,
  description: orNull(text),
  types: Type.Array(text),
  excludeActor: orNull(text),
  signature: text,
  state: text,
  disabledReason: orNull(text),
  createdAt: instant,
  updatedAt: instant,
}
const profileList = {
  id,
  longId: text,
  name: text,
  description: text,
  color: text,
  createdAt: instant,
  updatedAt: instant,
}
const profileProperty = {
  id,
  longId: text,
  label: text,
  dataType: text,
  example: text,
  description: text,
  exportAlias: text,
  personal: Type.Boolean(),
  importable: Type.Boolean(),
  exportable: Type.Boolean(),
  createdAt: instant,
  updatedAt: instant,
}
const wallet = {
  id,
  profileId: id,
  uid: text,
  reference: orNull(text),
  network: text,
  accountIndex: Type.Integer(),
  createdAt: instant,
}
const address = {
  id,
  walletId: id,
  profileId: id,
  network: text,
  address: text,
  addressIndex: Type.Integer(),
  createdAt: instant,
}

const some = (fields: TProperties) => Type.Partial(Type.Object(fields), strict)
const made = (fields: TProperties) => Type.Object({ before: Type.Null(), after: some(fields) }, strict)
const changed = (fields: TProperties) => Type.Object({ before: some(fields), after: some(fields) }, strict)
const gone = (fields: TProperties) => Type.Object({ before: some(fields), after: Type.Null() }, strict)

const at = '2026-11-22T10:00:00.000Z'
const later = '2026-11-22T10:05:00.000Z'
const sampleId = '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01'
const otherId = '019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12'
const sampleProfile = { id: sampleId, uid: '452711987655', type: 'User', reference: 'user-1', email: 'ada@example.com' }
const sampleList = { id: sampleId, longId: '17639640001234567890', name: 'Newsletter', color: '#6d9382' }
const sampleKey = { id: sampleId, name: 'Billing', key: 'pk_live_…', scopes: ['profiles:read'], createdAt: at }
const sampleEndpoint = { id: sampleId, url: 'https://hooks.example.com/facet', types: ['profile.*'], state: 'active' }
const sampleSettings = {
  limits: { perSecond: 10, perMinute: 150, parallel: 10 },
  selfService: { enabled: false, registration: false, strict: true, changesPerDay: 10 },
  wallets: { networks: ['BTC', 'ETH', 'POLYGON'], withProfile: [], defaultEvmNetwork: 'POLYGON' },
}

/** Every type of event. The documents and `GET /facet/v1/event-types` are made from this. */
export const eventKinds = {
  'profile.created': {
    about: 'A profile was made. `after` holds the fields that are set.',
    subject: 'profile',
    data: made(profile),
    example: { before: null, after: { ...sampleProfile, createdAt: at, updatedAt: at } },
  },
  'profile.updated': {
    about: 'Fields of a profile changed, its e-mail not among them.',
    subject: 'profile',
    data: changed(profile),
    example: { before: { city: null, updatedAt: at }, after: { city: 'London', updatedAt: later } },
  },
  'profile.email_changed': {
    about:
      'The e-mail of a profile changed, and maybe other fields with it. No `profile.updated` is written beside it.',
    subject: 'profile',
    data: changed(profile),
    example: {
      before: { email: 'ada@example.com', emailVerifiedAt: at, updatedAt: at },
      after: { email: 'ada@example.org', emailVerifiedAt: null, updatedAt: later },
    },
  },
  'profile.password_changed': {
    about: 'The person of a profile changed their password, and got new tokens. Neither is in any event.',
    subject: 'profile',
    data: changed({ passwordChangedAt: instant }),
    example: { before: { passwordChangedAt: at }, after: { passwordChangedAt: later } },
  },
  'profile.unsubscribed': {
    about: 'The person of a profile is not to be engaged any more. No `profile.updated` is written beside it.',
    subject: 'profile',
    data: changed(profile),
    example: { before: { unsubscribedAt: null, updatedAt: at }, after: { unsubscribedAt: later, updatedAt: later } },
  },
  'profile.deleted': {
    about: 'A profile was deleted. `before` holds the fields that were set.',
    subject: 'profile',
    data: gone(profile),
    example: { before: { ...sampleProfile, createdAt: at, updatedAt: at }, after: null },
  },
  'profile.merged': {
    about:
      'A profile became part of another and is gone. What the other got by it is told in an event of the other, if it lacked anything.',
    subject: 'profile',
    data: Type.Object({ before: some(profile), after: Type.Object({ mergedInto: id }, strict) }, strict),
    example: { before: sampleProfile, after: { mergedInto: otherId } },
  },
  'profile_list.created': {
    about: 'A list for profiles was made.',
    subject: 'profile_list',
    data: made(profileList),
    example: { before: null, after: { ...sampleList, createdAt: at, updatedAt: at } },
  },
  'profile_list.updated': {
    about: 'A list for profiles was changed.',
    subject: 'profile_list',
    data: changed(profileList),
    example: { before: { name: 'Newsletter', updatedAt: at }, after: { name: 'Weekly newsletter', updatedAt: later } },
  },
  'profile_list.deleted': {
    about: 'A list for profiles was deleted. Profiles that were in it may keep its id, which means nothing any more.',
    subject: 'profile_list',
    data: gone(profileList),
    example: { before: sampleList, after: null },
  },
  'profile_property.created': {
    about: 'A free attribute of profiles was described.',
    subject: 'profile_property',
    data: made(profileProperty),
    example: { before: null, after: { id: sampleId, label: 'plan', dataType: 'text', createdAt: at, updatedAt: at } },
  },
  'wallet.created': {
    about: 'A profile got a wallet on a network.',
    subject: 'profile',
    data: made(wallet),
    example: {
      before: null,
      after: {
        id: otherId,
        profileId: sampleId,
        uid: '452711987655',
        reference: 'user-1',
        network: 'AMOY',
        accountIndex: 7,
        createdAt: at,
      },
    },
  },
  'address.created': {
    about: 'A wallet got an address.',
    subject: 'profile',
    data: made(address),
    example: {
      before: null,
      after: {
        id: otherId,
        walletId: otherId,
        profileId: sampleId,
        network: 'AMOY',
        address: '0x9858EfFD232B4033E47d90003D41EC34EcaEda94',
        addressIndex: 0,
        createdAt: at,
      },
    },
  },
  'api_key.created': {
    about: 'An API key was made. Its secret is in no event.',
    subject: 'api_key',
    data: made(apiKey),
    example: { before: null, after: sampleKey },
  },
  'api_key.revoked': {
    about: 'An API key was ended.',
    subject: 'api_key',
    data: changed(apiKey),
    example: { before: { revokedAt: null }, after: { revokedAt: later } },
  },
  'api_key.rotated': {
    about:
      'Another API key took the place of one, which expires at `after.expiresAt`. The new one has an event of its own.',
    subject: 'api_key',
    data: Type.Object(
      {
        before: Type.Object({ expiresAt: orNull(instant) }, strict),
        after: Type.Object({ expiresAt: instant, replacedBy: id }, strict),
      },
      strict,
    ),
    example: { before: { expiresAt: null }, after: { expiresAt: later, replacedBy: otherId } },
  },
  'api_key.secret_shown': {
    about: 'An operator had the secret of an API key of the sandbox app shown once more. It is in no event.',
    subject: 'api_key',
    data: made({ id }),
    example: { before: null, after: { id: sampleId } },
  },
  'app.created': {
    about: 'The app was made: the first event of its feed.',
    subject: 'app',
    data: made(app),
    example: { before: null, after: { id: sampleId, name: 'Shop', mode: 'live', createdAt: at } },
  },
  'app.updated': {
    about: 'The name, the settings or the hosts of the app changed. Settings and hosts are told whole.',
    subject: 'app',
    data: changed(app),
    example: {
      before: { settings: sampleSettings, hosts: [] },
      after: {
        settings: { ...sampleSettings, limits: { ...sampleSettings.limits, perSecond: 50 } },
        hosts: ['shop.example.com'],
      },
    },
  },
  'seed.created': {
    about: 'The app got the seed that its wallets come from. The seed is in no event.',
    subject: 'app',
    data: made({ id, createdAt: instant }),
    example: { before: null, after: { id: otherId, createdAt: at } },
  },
  'seed.exported': {
    about: "An operator had the words shown that the app's seed can be made of again. They are in no event.",
    subject: 'app',
    data: made({ id }),
    example: { before: null, after: { id: otherId } },
  },
  'webhook_endpoint.created': {
    about: 'A webhook endpoint was made. Its secret is in no event.',
    subject: 'webhook_endpoint',
    data: made(endpoint),
    example: { before: null, after: { ...sampleEndpoint, createdAt: at } },
  },
  'webhook_endpoint.updated': {
    about: 'A webhook endpoint was changed, paused or resumed.',
    subject: 'webhook_endpoint',
    data: changed(endpoint),
    example: { before: { state: 'active' }, after: { state: 'paused' } },
  },
  'webhook_endpoint.secret_rotated': {
    about: 'A webhook endpoint got a new secret; the one before signs beside it until `after.oldExpiresAt`.',
    subject: 'webhook_endpoint',
    data: Type.Object(
      { before: Type.Object({ id }, strict), after: Type.Object({ id, oldExpiresAt: instant }, strict) },
      strict,
    ),
    example: { before: { id: sampleId }, after: { id: sampleId, oldExpiresAt: later } },
  },
  'webhook_endpoint.disabled': {
    about: 'Deliveries to a webhook endpoint were ended: it failed for days, or answered 410.',
    subject: 'webhook_endpoint',
    data: changed(endpoint),
    example: { before: { state: 'active' }, after: { state: 'disabled', disabledReason: 'failing' } },
  },
  'webhook_endpoint.deleted': {
    about: 'A webhook endpoint was deleted.',
    subject: 'webhook_endpoint',
    data: gone(endpoint),
    example: { before: sampleEndpoint, after: null },
  },
  'webhook_endpoint.tested': {
    about: 'Somebody asked for a test event. It goes to that endpoint alone, whatever types it takes.',
    subject: 'webhook_endpoint',
    data: Type.Object({ before: Type.Null(), after: Type.Object({ id, url: text }, strict) }, strict),
    example: { before: null, after: { id: sampleId, url: 'https://hooks.example.com/facet' } },
  },
} as const satisfies Record<string, EventKind>

export type EventType = keyof typeof eventKinds

/** Every type's name. */
export const eventTypes = Object.keys(eventKinds) as readonly EventType[]

/** Whether the text names a type of event. */
export function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventKinds, text)
}
