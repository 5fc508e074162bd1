export type AppMode = 'sandbox' | 'live'

export interface Organization {
  readonly id: string
  /** For dialects whose clients expect a number. */
  readonly number: number
  readonly name: string
  readonly createdAt: Date
}

/** What an app may ask of those dialects that count its requests. */
export interface AppLimits {
  readonly perSecond: number
  readonly perMinute: number
  /** Requests under way at the same time in one process. */
  readonly parallel: number
}

/** What an app lets people do by themselves, through those dialects that know people and not only API keys. */
export interface AppSelfService {
  /** People may use the app's profiles with credentials of their own. */
  readonly enabled: boolean
  /** Anybody may register. */
  readonly registration: boolean
  /** People must sign in to read profiles. */
  readonly strict: boolean
  /** How often a person may change their own profile within a day of the first change. */
  readonly changesPerDay: number
}

/** On which block chains an app's profiles may have wallets. Networks are named by their aliases, as `tBTC`. */
export interface AppWallets {
  /** Those that may be used: test networks in a sandbox app, main networks in a live one. */
  readonly networks: readonly string[]
  /** Those of them on which every new profile gets a wallet with a first address by itself. */
  readonly withProfile: readonly string[]
  /** The one of clients that can name none. */
  readonly defaultEvmNetwork: string
}

/** How an app is to behave, every setting with its value in force. */
export interface AppSettings {
  readonly limits: AppLimits
  readonly selfService: AppSelfService
  readonly wallets: AppWallets
}

/** A change of settings: what is absent is left alone, null puts a setting back to its default. */
export type AppSettingsPatch = {
  readonly [Group in keyof AppSettings]?:
    | { readonly [Name in keyof AppSettings[Group]]?: AppSettings[Group][Name] | null | undefined }
    | undefined
}

/** The settings as they are stored: those alone that differ from the defaults. */
export type StoredSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The tenant: profiles, keys and settings belong to an app, and nothing crosses from one app to another. */
export interface App {
  readonly id: string
  readonly number: number
  readonly organizationId: string
  readonly name: string
  readonly mode: AppMode
  readonly settings: AppSettings
  /** By which a request without an API key finds the app; sorted, each in the form of `toHost`. */
  readonly hosts: readonly string[]
  readonly createdAt: Date
}

/** What a request must know of its app, however it found it. */
export interface AppIdentity {
  readonly appId: string
  readonly appMode: AppMode
  /** At most a second old. */
  readonly settings: AppSettings
  readonly organizationId: string
  /** For dialects whose clients expect a number. */
  readonly organizationNumber: number
}
