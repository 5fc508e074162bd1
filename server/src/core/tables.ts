import type { ColumnType, Generated } from 'kysely'
import type { StoredSettings } from './organizations/organizations.types.ts'

/** The columns of server/migrations, as statements built with Kysely see them. bigint and numeric come as strings. */
export interface Tables {
  organizations: { id: string; number: string; name: string; created_at: Date }
  apps: {
    id: string
    number: string
    organization_id: string
    name: string
    mode: 'sandbox' | 'live'
    settings: ColumnType<StoredSettings, string | undefined, string>
    created_at: Date
  }
  api_keys: ApiKeysTable
  profiles: ProfilesTable
  profile_lists: ProfileListsTable
  profile_properties: ProfilePropertiesTable
  wallets: {
    app_id: string
    id: string
    profile_id: string
    network: string
    account_index: number
    next_address_index: number
    created_at: Date
  }
  addresses: {
    app_id: string
    id: string
    wallet_id: string
    network: string
    address: string
    address_index: number
    confirmed: Generated<string>
    unconfirmed: Generated<string>
    created_at: Date
  }
}

interface ApiKeysTable {
  id: string
  app_id: string
  name: string
  key: string
  secret_hash: Buffer
  secret_sealed: Buffer
  scopes: string[]
  created_at: Date
  expires_at: Date | null
  revoked_at: Date | null
  last_used_at: Date | null
}

export interface ProfilesTable {
  app_id: string
  id: string
  uid: string
  long_id: string
  number: string
  revision: Generated<number>
  created_at: Date
  updated_at: Date
  deleted_at: Date | null
  type: 'User' | 'Department' | 'Merchant'
  reference: string | null
  label: string | null
  username: string | null
  username_folded: string | null
  email: string | null
  email_folded: string | null
  email_verified_at: Date | null
  picture: string | null
  phone: string | null
  phone_e164: string | null
  first_name: string | null
  last_name: string | null
  full_name: string | null
  name_words: string[] | null
  country: string | null
  city: string | null
  organization: string | null
  website: string | null
  twitter: string | null
  require_auth: Generated<boolean>
  language: string | null
  timezone: string | null
  currency: string | null
  comment: string | null
  attributes: ColumnType<Record<string, unknown>, string, string>
  list_ids: Generated<string[]>
  unsubscribed_at: Date | null
  merged_into: string | null
  created_by: string | null
}

interface ProfileListsTable {
  app_id: string
  id: string
  long_id: string
  name: string
  description: string
  color: string
  created_at: Date
  updated_at: Date
}

interface ProfilePropertiesTable {
  app_id: string
  id: string
  long_id: string
  label: string
  data_type: string
  example: string
  description: string
  export_alias: string
  personal: boolean
  importable: boolean
  exportable: boolean
  created_at: Date
  updated_at: Date
}
