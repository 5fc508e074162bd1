export type AppMode = 'sandbox' | 'live'

export interface Organization {
  readonly id: string
  /** For dialects whose clients expect a number. */
  readonly number: number
  readonly name: string
  readonly createdAt: Date
}

/** The tenant: profiles, keys and settings belong to an app, and nothing crosses from one app to another. */
export interface App {
  readonly id: string
  readonly number: number
  readonly organizationId: string
  readonly name: string
  readonly mode: AppMode
  readonly createdAt: Date
}
