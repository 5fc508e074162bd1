import { confidentialUrl, formed, keys, type Setting, visible } from './values.ts'

/** Where the custody key is: the settings that the worker process and an operator's commands read for themselves. */
export interface CustodyConfig {
  /** An id, alias or ARN. */
  readonly kmsKey: string | undefined
  /** Without a trailing slash. Unset: that of AWS in the region. */
  readonly kmsEndpoint: string | undefined
  /** 32 bytes each, the first one first; empty when none is given. */
  readonly keys: readonly Buffer[]
}

export const custodySettings: { readonly [K in keyof CustodyConfig]: Setting<CustodyConfig[K]> } = {
  kmsKey: {
    name: 'FACET_CUSTODY_KMS_KEY',
    byDefault: 'none',
    about:
      'A symmetric key of AWS KMS, by its id, alias or ARN, as the custody key: it wraps the keys of the seeds of wallets. Region and credentials are found as the AWS SDK finds them; they must allow kms:Encrypt and kms:Decrypt. See [operations.md](operations.md).',
    read: (text) => (text === undefined ? undefined : formed(text, visible, 'ASCII characters without spaces')),
  },
  kmsEndpoint: {
    name: 'FACET_CUSTODY_KMS_ENDPOINT',
    byDefault: 'that of AWS in the region',
    about:
      'The address of AWS KMS where it has one of its own, as that of a VPC endpoint: https, or http on this machine, since keys are sent to it in clear.',
    read: (text) => (text === undefined ? undefined : confidentialUrl(text)),
  },
  keys: {
    name: 'FACET_CUSTODY_KEY',
    byDefault: 'the file `custody.key` in the data folder, made at the first start',
    about:
      '32 random bytes in base64 or hex (`openssl rand -base64 32`), another key than the master key: the custody key where there is no KMS. Several are separated by commas: a rotation moves to the first, the others only open. One of this and `FACET_CUSTODY_KMS_KEY` is required in production with `DATABASE_URL`.',
    read: (text) => Object.freeze(text === undefined ? [] : keys(text)),
  },
}
