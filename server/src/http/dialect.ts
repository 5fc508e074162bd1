import type { FastifyInstance } from 'fastify'
import type { KeyDirectory } from '../core/api-keys/api-keys.directory.ts'
import type { TokenDirectory } from '../core/credentials/profile-tokens.directory.ts'
import type { SessionDirectory } from '../core/credentials/sessions.directory.ts'
import type { Db } from '../core/db.ts'
import type { FeedHub } from '../core/feed/feed.hub.ts'
import type { HostDirectory } from '../core/organizations/hosts.directory.ts'
import type { EventSignal, Files, Jobs, Keys, Log, Outbound, Passwords, Pictures } from '../core/ports.ts'
import type { WalletNews } from '../core/wallets/wallets.types.ts'
import type { Answer, Asked } from './answers.ts'
import type { Face, FaceOrder, Faces } from './faces.ts'
import type { Fault } from './faults.ts'
import type { OperatorAccess } from './operators/session-cookie.ts'
import type { PrintedPath } from './printed-paths.ts'
import type { RateLimit } from './rate-limit.ts'
import type { UploadPlaces } from './upload-places.ts'
import type { WindowLimits } from './window-limits.ts'

/** What a dialect is given to work with. */
export interface Services {
  readonly db: Db
  readonly keys: Keys
  readonly directory: KeyDirectory
  /** The sessions of people who are signed in by tokens that end soon. */
  readonly sessions: SessionDirectory
  /** The tokens that people keep. */
  readonly tokens: TokenDirectory
  /** The apps of requests that bring no API key; see findAppOfHost. */
  readonly hosts: HostDirectory
  /** `FACET_PUBLIC_URL`; for links in answers see originOf. */
  readonly publicUrl: string | undefined
  readonly log: Log
  readonly feed: FeedHub
  readonly events: EventSignal
  readonly outbound: Pick<Outbound, 'refusal'>
  readonly jobs: Jobs
  /** Whether a mail server is set up. */
  readonly sendsMail: boolean
  readonly passwords: Passwords
  /** The most bytes of an uploaded picture. */
  readonly maxPictureBytes: number
  /** How many uploads are held in memory at a time. */
  readonly uploads: UploadPlaces
  readonly files: Files
  readonly pictures: Pictures
  readonly walletNews: WalletNews
  /** How operators sign in, and by which cookie they are known. */
  readonly operators: OperatorAccess
  /** What one API key may ask of the native API on this node. */
  readonly keyLimit: RateLimit
  /** What one address may ask of it without a valid key. */
  readonly addressLimit: RateLimit
  /** What one app may ask of the dialects that go by its own limits; see useWindowLimits. */
  readonly windowLimits: WindowLimits
  readonly faces: Faces
}

/** One face of the profile store: an HTTP contract under a prefix of its own. */
export interface Dialect {
  readonly name: string
  /** Where all its routes stand, as `/oumla`. */
  readonly prefix: string
  /** The paths that its document prints, which are rewritten to the prefix. */
  readonly printed: readonly PrintedPath[]
  /** Registers hooks, parsers, error handlers and routes in a scope of the dialect's own. */
  readonly plugin: (app: FastifyInstance, options: { readonly services: Services }) => Promise<void>
  /** Answers a fault in the dialect's shape. */
  readonly answerFault: (fault: Fault, request: Asked, reply: Answer) => Answer
  /** Shows a profile as the route for one profile answers it, to the byte. Reads only. */
  readonly face: (order: FaceOrder) => Promise<Face>
}
