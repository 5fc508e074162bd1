/** In so many lists may one profile be. */
export const maxListsOfProfile = 100

/** Something that profiles are sorted into. */
export interface ProfileList {
  readonly id: string
  /** Twenty digits, for clients that expect a number. */
  readonly longId: string
  /** 1 to 255, unique in the app. */
  readonly name: string
  /** At most 1,000; empty where nothing was said. */
  readonly description: string
  /** `#rrggbb`. */
  readonly color: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** One way to name a list. */
export interface ProfileListKey {
  readonly by: 'id' | 'longId'
  readonly value: string
}

/** What may be set; what is absent is left as it is. */
export interface ProfileListInput {
  readonly name?: string
  readonly description?: string
  readonly color?: string
}
