import type { CustodyConfig } from '../../config/custody.ts'
import { createCredentialsKey } from '../keys/credentials-key.ts'
import type { CustodyKeys } from '../keys/custody-key.ts'
import type { KmsKeys } from '../keys/kms-key.ts'
import { createLocalKey, KeyOutage, type WrappingKey } from '../keys/wrapping-key.ts'
import { readCustodyKeyFile } from './custody-key-file.ts'
import { StartError } from './start-error.ts'

export interface GivenOptions {
  readonly dataDir: string
  readonly custody: CustodyConfig
  /** The master key's, which no custody key may be. */
  readonly credentialsKeyId: string
  /** The one that the database names. */
  readonly custodyKeyId: string | null
  /** Whether a silent AWS KMS is borne, when it is known which key it would open. */
  readonly bearsOutage: boolean
}

/** The custody keys that an operator gave, the first one of each place. */
export interface GivenKeys extends Pick<CustodyKeys, 'find'> {
  /** While AWS KMS is silent the one that the database names, if it is one of there. */
  readonly kms: WrappingKey | undefined
  readonly environment: WrappingKey | undefined
  readonly file: WrappingKey | undefined
  /** Reads the file again; gives its first key. */
  readFile(): Promise<WrappingKey | undefined>
  /** The ids of all that were read so far, but for those of KMS. */
  ids(): readonly string[]
}

/** Whether the id is that of a key of AWS KMS: an ARN, as no other is. */
function isKmsId(id: string): boolean {
  return id.startsWith('arn:')
}

/** Reads the keys that are given. Throws StartError for one that cannot be read or used, and one that is the master key too. */
export async function gatherKeys(options: GivenOptions): Promise<GivenKeys> {
  const { dataDir, custody, credentialsKeyId } = options
  const known = new Map<string, WrappingKey>()
  const learn = (keys: readonly Buffer[]): WrappingKey | undefined => {
    const [first] = keys.map((bytes) => {
      refuseMasterKey(bytes, credentialsKeyId)
      const key = createLocalKey(bytes)
      known.set(key.id, key)
      return key
    })
    return first
  }
  const readFile = async () => learn(await readCustodyKeyFile(dataDir))
  const kmsKeys = openedOnce(custody)

  return {
    kms: custody.kmsKey === undefined ? undefined : await resolve(await kmsKeys(), custody.kmsKey, options),
    environment: learn(custody.keys),
    file: await readFile(),
    readFile,
    ids: () => [...known.keys()],
    async find(id) {
      if (isKmsId(id)) return (await kmsKeys()).ofArn(id)
      // A rotation may have put a new key into the file. What was read once stays, for those who hold what an old one wrapped.
      if (!known.has(id)) await readFile()
      return known.get(id)
    },
  }
}

function refuseMasterKey(bytes: Buffer, credentialsKeyId: string): void {
  if (createCredentialsKey(bytes).id !== credentialsKeyId) return
  throw new StartError(
    'A custody key is the master key too, so that whoever has that one would have every seed: make another with openssl rand -base64 32',
  )
}

/** Loading the client takes time and memory, so only those pay for it who use it. */
function openedOnce({ kmsEndpoint: endpoint }: CustodyConfig): () => Promise<KmsKeys> {
  let opened: Promise<KmsKeys> | undefined
  return () => {
    opened ??= import('../keys/kms-key.ts').then(({ createKmsKeys }) => createKmsKeys({ endpoint }))
    return opened
  }
}

async function resolve(
  keys: KmsKeys,
  name: string,
  { custodyKeyId, bearsOutage }: GivenOptions,
): Promise<WrappingKey | undefined> {
  try {
    return await keys.resolve(name)
  } catch (error) {
    const reason = `FACET_CUSTODY_KMS_KEY cannot be used: ${(error as Error).message}`
    if (!(error instanceof KeyOutage)) {
      throw new StartError(`${reason}. Look at its name, and at the region and the credentials of the AWS SDK`, error)
    }
    if (custodyKeyId === null || !bearsOutage) throw new StartError(`${reason}. Try again when it answers`, error)
    return isKmsId(custodyKeyId) ? keys.ofArn(custodyKeyId) : undefined
  }
}
