export const profileTypes = ['User', 'Department', 'Merchant'] as const

export type ProfileType = (typeof profileTypes)[number]

/** The texts that a caller may set; null where nothing is set. Lengths are in characters. */
export interface ProfileTexts {
  /** The customer's own id: exact, 1 to 255, unique in the app. */
  readonly reference: string | null
  readonly label: string | null
  /** As given; compared folded, unique in the app. */
  readonly username: string | null
  /** As given; compared folded, unique in the app. */
  readonly email: string | null
  /** E.164; as given when its calling code is unknown, and then it takes no part in uniqueness. */
  readonly phone: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly fullName: string | null
  /** ISO 3166-1 alpha-2; follows the phone unless it is set by hand. */
  readonly country: string | null
  readonly city: string | null
  readonly organization: string | null
  readonly website: string | null
  readonly twitter: string | null
  /** BCP 47, canonical. */
  readonly language: string | null
  /** An IANA name. */
  readonly timezone: string | null
  /** ISO 4217. */
  readonly currency: string | null
  /** A remark about the profile, at most 1,000. */
  readonly comment: string | null
}

/** Any JSON object: at most 64 KiB as text, 32 levels deep. */
export type Attributes = Readonly<Record<string, unknown>>

/** The profile as every dialect sees it (contracts/README, "One profile, as the dialects see it"). */
export interface Profile extends ProfileTexts {
  /** UUIDv7. */
  readonly id: string
  /** Twelve digits. */
  readonly uid: string
  /** Twenty digits, the first ten the unix second of creation. */
  readonly longId: string
  /** 1 to 2^53 - 1. */
  readonly number: number
  /** Grows by one with each change, from 1. */
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly type: ProfileType
  readonly emailVerifiedAt: Date | null
  /** Where its picture is served: a path, to which a variant is added, as `/crop.webp`. */
  readonly picture: string | null
  readonly requireAuth: boolean
  readonly attributes: Attributes
  /** Ids of the lists that it is in; some of them may have been deleted since. */
  readonly listIds: readonly string[]
  /** When the person was unsubscribed: nobody may engage them, nor put their e-mail and phone on another profile. */
  readonly unsubscribedAt: Date | null
  /** The id of the profile whose person made this one; null when an API key or nobody in particular did. */
  readonly createdBy: string | null
}

/**
 * A number in its country: 9 to 15 digits, which join `callingCode` (digits), else the calling code of the phone that the profile has, else
 * that of its country; kept as given when that makes no possible number. A number that begins with + has its code.
 */
export interface NationalPhone {
  readonly number: string
  readonly callingCode?: string | undefined
}

/** The ids of a profile, which stay for ever. */
export type ProfileIds = Pick<Profile, 'id' | 'uid' | 'longId' | 'number'>

/** What may be set. A key that is absent is left as it is (or at its default); null empties. */
export interface ProfileInput extends Partial<{ readonly [K in keyof ProfileTexts]: string | null }> {
  /** A phone that is written without its calling code; stored as `phone`. */
  readonly nationalPhone?: NationalPhone
  readonly type?: ProfileType
  readonly requireAuth?: boolean
  readonly attributes?: Attributes
  /** Ids of lists of the app, each once, at most 100. */
  readonly listIds?: readonly string[]
}

/** What the locking of many profiles gives of each. */
export type LockedProfile = Pick<Profile, 'id' | 'uid' | 'reference'>

/**
 * One way to name a profile. The ids stay for ever; the others can be changed or freed. `referenceOrId`: by its reference, or, where it
 * has none, by its id.
 */
export interface ProfileKey {
  readonly by: 'id' | 'uid' | 'longId' | 'number' | 'reference' | 'referenceOrId' | 'username' | 'email' | 'phone'
  readonly value: string
}

export interface ProfileListInput {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sort: 'createdAt' | '-createdAt' | 'updatedAt' | '-updatedAt'
  readonly filter: ProfileFilter
}

/** Filters by equality. */
export interface ProfileFilter {
  readonly type?: ProfileType
  readonly reference?: string
  readonly username?: string
  readonly email?: string
  readonly phone?: string
  readonly country?: string
}

export interface ProfileSearchInput {
  readonly q: string
  /** Ids of profiles that the text is known to mean: they are listed with those whose own id it is. */
  readonly owners?: readonly string[]
  readonly limit: number
  readonly cursor?: string | undefined
}

/** One key of a list's order. */
export interface ProfileOrder {
  readonly by: 'createdAt' | 'updatedAt'
  readonly descending: boolean
}

/** Where a search by position looks: a long id exactly, the beginning of an e-mail or a phone number, or of words of names. */
export type SearchField = 'longId' | 'email' | 'phone' | 'name'

export interface UpdateOptions {
  /** Refuse unless one of these is the profile's revision. */
  readonly ifRevision?: readonly number[] | undefined
  /** What the attributes become, from what they are while nobody else can change them. Not together with `attributes`. */
  readonly changeAttributes?: ((before: Attributes) => Attributes) | undefined
  /** Whether the person was seen to read mail at the e-mail that is set. */
  readonly emailProven?: boolean | undefined
}

/** A token that a person is to have from the beginning, as it is stored. */
export interface FirstToken {
  readonly kind: 'permanent'
  /** What it is found by. */
  readonly hash: Buffer
  readonly sealed: Buffer
}

export interface CreateOptions {
  /** Makes the token of the person, once the id of the profile is known; of several that it made the last one is stored. */
  readonly newToken?: ((profileId: string) => FirstToken) | undefined
}
