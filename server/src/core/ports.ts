import type { Readable } from 'node:stream'
import type { Db } from './db.ts'

/** Seals secrets for rest. `purpose` and `rowId` are bound as associated data: a sealed value opens in its own row only. */
export interface Sealer {
  /** AES-256-GCM. */
  seal(purpose: string, rowId: string, plain: Buffer): Buffer
  /** Throws when the value was sealed for another row or purpose, with another key, or was changed. */
  open(purpose: string, rowId: string, sealed: Buffer): Buffer
}

/** The keys of the API's process: the credentials key, and beside it those of what the worker process opens too. */
export interface Keys extends Sealer {
  /** Webhook secrets. */
  readonly webhooks: Sealer
  /** Mail that waits to be sent. */
  readonly mail: Sealer
  /** A keyed hash of 32 bytes (HMAC-SHA256): the same for the same purpose and text, and not to be guessed without the key. */
  hash(purpose: string, text: string): Buffer
}

/** What a data key is for: it opens under the same words alone. */
export interface DataKeyPlace {
  readonly appId: string
  /** The id of the data key's row. */
  readonly dataKeyId: string
}

/**
 * The custody keys that are at hand, in the worker process and in commands of an operator alone. They wrap the data keys of apps, which
 * seal their seeds. One may be held elsewhere, so that each call takes a moment: none is made inside a transaction. `wrap` and `unwrap`
 * throw when the key of the id is not at hand, or what was wrapped does not fit it and the place.
 */
export interface CustodyKey {
  /** The id of the key that a rotation moves to. Which one wraps until then, the database says. */
  readonly id: string
  /** Wraps 32 bytes. */
  wrap(custodyKeyId: string, place: DataKeyPlace, dataKey: Buffer): Promise<Buffer>
  unwrap(custodyKeyId: string, place: DataKeyPlace, wrapped: Buffer): Promise<Buffer>
  /** Seals under a data key of 32 bytes, as long as these are not cleared. */
  sealerOf(dataKey: Buffer): Sealer
}

/** Hashes passwords, slowly on purpose, few at once: the others wait in the order in which they came. */
export interface Passwords {
  /**
   * A hash of the present form and parameters, as a PHC string. Throws `hashing_exhausted` when too many wait already, as
   * `verify` does.
   */
  hash(password: string): Promise<string>
  /**
   * Whether the password made the hash; `outdated` when that has not the present form and parameters. Without a hash, for a person
   * who is not there or has no password, nothing matches, and finding that out costs what a wrong password costs.
   */
  verify(hash: string | undefined, password: string): Promise<{ readonly matches: boolean; readonly outdated: boolean }>
}

/** Work that is done after the answer, by the worker process. */
export interface Jobs {
  /**
   * Puts a job into the queue; with `db` in a transaction the job is there when that commits. Jobs of one `queue` run one at a time.
   * A job that fails is run again, later and behind others, and one whose worker was killed within moments: its work must
   * bear being repeated. What must be done in order has to be written down elsewhere: the job is only told to look there.
   */
  enqueue(db: Db, job: { readonly task: string; readonly payload: object; readonly queue?: string }): Promise<void>
}

/** Tells the processes that number events that an app has new ones. A hint: they look round by themselves as well. */
export interface EventSignal {
  /** Call it after the commit. Costs no statement of the caller's. */
  raise(appId: string): void
}

/** Structured log lines; never given a secret. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Messages between the processes of an installation, sent by the database when a transaction commits. */
export interface Notices {
  /** Calls the handler with the payload of each message on the channel. */
  listen(channel: string, handler: (payload: string) => void): void
  /** Called when messages may have been missed: whatever was remembered on their strength must be forgotten. */
  onGap(handler: () => void): void
  /** True while a message sent more than a second ago cannot have been missed. */
  readonly trusted: boolean
}

/** Who works on what, when several processes could. */
export interface Locks {
  /** Takes the lock if it is free; false when another process has it, or this one already. Throws when it cannot be asked. */
  hold(name: string): Promise<boolean>
  release(name: string): Promise<void>
  /** Called when every lock of this process is gone at once: others may hold them from now on. */
  onLost(handler: () => void): void
}

/** A message to an address that a customer chose. */
export interface OutboundMessage {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Live apps speak TLS only; sandbox apps may speak plainly, and reach the local targets that the settings name. */
  readonly mode: 'sandbox' | 'live'
  /** Whose message it is: connections, and waiting for one, are never shared between groups. */
  readonly group: string
}

/** What became of a message. `answered`: a status came, with at most the first 4 KiB of the body as text. */
export type OutboundResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly durationMs: number
    }
  | {
      readonly kind: 'failed'
      /** `refused`: the address is none that may be reached, and nothing was sent. */
      readonly reason: 'refused' | 'unresolved' | 'timeout' | 'connection' | 'tls' | 'protocol'
      /** In plain words, safe to show to the customer. */
      readonly detail: string
      readonly durationMs: number
    }

/** Sends messages to addresses that customers chose, and to public ones alone. */
export interface Outbound {
  /** Posts once, within 15 seconds, following no redirect. Never throws. */
  post(message: OutboundMessage): Promise<OutboundResult>
  /** Why a URL can never be posted to, whatever it resolves to, or undefined. No look-up is made. */
  refusal(url: string, mode: 'sandbox' | 'live'): 'malformed' | 'not_https' | 'credentials' | 'address' | undefined
}

/** A mail in plain text to one person. */
export interface MailMessage {
  /** A UUID: it makes the Message-ID, by which receivers know a mail that comes twice. */
  readonly id: string
  /** One address, without a name. */
  readonly to: string
  readonly subject: string
  readonly text: string
  /** When it was written. */
  readonly at: Date
}

/** What became of a mail. `reason` is for the log: it repeats no address, no word of the mail and no secret. */
export type MailOutcome =
  | { readonly kind: 'accepted' }
  /** `refused`: it will never be taken. `deferred`: it may be taken later. */
  | { readonly kind: 'refused' | 'deferred'; readonly reason: string }

/** Hands mail to a mail server. The worker process alone has one. */
export interface Mailer {
  /** Tries once, within a minute. Never throws. */
  send(message: MailMessage): Promise<MailOutcome>
}

/**
 * A file that is open, `size` bytes. Whoever gets it reads the stream to its end or destroys it: until then it holds a handle or a
 * connection, and no more of the file than a piece. What fails from here on ends the stream with an error.
 */
export interface FileContent {
  readonly size: number
  readonly stream: Readable
}

/**
 * Where files are kept: a folder of this machine, or an object store. Keys are paths of letters, digits, `-`, `_`, `.` and
 * `/`, relative, without empty or dotted steps. Every call throws `files_unavailable` when the place does not answer.
 */
export interface Files {
  /** Stores a file, whole or not at all, in the place of one with the same key. */
  put(key: string, bytes: Buffer): Promise<void>
  /** Undefined when there is no such file. */
  get(key: string): Promise<FileContent | undefined>
  /** Removes every file whose key begins with the prefix, which ends with a slash. There may be none. */
  removeAll(prefix: string): Promise<void>
}

/** What an uploaded picture is made into: the picture at its full size, or a crop of it with its smaller sizes. */
export type PictureUse = 'original' | 'crop'

/** The names of what is made. A number is the side, in pixels, of the square that the picture fits into; none is enlarged. */
export type PictureVariant = PictureUse | '64' | '128' | '256' | '512'

/** Makes pictures of files that come from outside, beside the event loop and few at once: the others wait in their order. */
export interface Pictures {
  /**
   * WebP files of the right way up without any metadata: `original` alone, or `crop` and every smaller size. Undefined for what is
   * no picture of an accepted format, is broken, or is more than may be made. Throws `pictures_exhausted` when too many wait.
   */
  render(upload: Buffer, use: PictureUse): Promise<Readonly<Partial<Record<PictureVariant, Buffer>>> | undefined>
}

/** A request to the sign-in of operators, already known to come from the console. */
export interface SignInCall {
  /** Below the sign-in's own path, as `/sign-in/email`. */
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly body?: object | undefined
  /** The header `Cookie`, with what concerns the sign-in; empty for none. */
  readonly cookie: string
  readonly address: string
  readonly userAgent: string
}

/** What the sign-in answers. `cookies` are values of `Set-Cookie`. */
export interface SignInAnswer {
  readonly status: number
  readonly body: unknown
  readonly cookies: readonly string[]
}

/** Signs operators in and out by password and second factor. Loaded at the first call. */
export interface OperatorSignIn {
  /** Answers refusals as well. Throws `database_unavailable` and `hashing_exhausted`. */
  call(call: SignInCall): Promise<SignInAnswer>
}

/** The site that passkeys are for (WebAuthn Level 3, 5.1.2): its origin, and the domain in it. */
export interface PasskeySite {
  readonly origin: string
  readonly domain: string
}

/** What is kept of a passkey to know it again. */
export interface PasskeyCredential {
  /** As its authenticator names it: base64url. */
  readonly credentialId: string
  readonly publicKey: Buffer
  readonly counter: number
  readonly transports: readonly string[]
}

/** Asks authenticators, through browsers, and judges what they answer. Loaded at the first call. */
export interface Passkeys {
  /** What a browser is given to make a passkey. The challenge has 32 bytes. */
  registrationOptions(
    site: PasskeySite,
    challenge: Buffer,
    operator: { readonly id: string; readonly email: string; readonly name: string; readonly known: readonly string[] },
  ): Promise<object>
  /** Undefined for an answer that does not fit the site and the challenge, which comes in base64url. */
  verifyRegistration(site: PasskeySite, challenge: string, response: object): Promise<PasskeyCredential | undefined>
  /** What a browser is given to sign in with any passkey that it has for the site. */
  authenticationOptions(site: PasskeySite, challenge: Buffer): Promise<object>
  /** The new counter of the passkey; undefined for an answer that does not fit, or whose counter went back. */
  verifyAuthentication(
    site: PasskeySite,
    challenge: string,
    response: object,
    credential: PasskeyCredential,
  ): Promise<number | undefined>
}

/** How a fixed window of a key stands. */
export interface Tally {
  readonly count: number
  /** Until the window ends. */
  readonly msLeft: number
}

/** Fixed windows of one length, each begun by the first that is counted for a key. */
export interface Windows {
  /** Counts one more, and gives how the window stands with it. */
  count(key: string): Promise<Tally>
  /** Undefined while there is no window. */
  look(key: string): Promise<Tally | undefined>
  /** Counts one less. */
  takeBack(key: string): Promise<void>
}

/** Places of which a key may hold so many at a time. */
export interface Places {
  /** Takes a place, and gives what gives it back, once. Undefined when the key holds `limit` already. */
  hold(key: string, limit: number): Promise<(() => void) | undefined>
}

/** The processes that serve HTTP on this node beside this one: what they count, they count together. */
export interface Siblings {
  /** Windows for all of them. While these do not answer, `own` counts for this process. */
  windows(name: string, seconds: number, own: Windows): Windows
  /** Places for all of them. While these do not answer, `own` knows of those of this process. */
  places(own: Places): Places
  /** Says how the metrics of this process are found: an array of metrics as prom-client has them in JSON. */
  offerMetrics(read: () => Promise<object[]>): void
  /** The metrics of all of them together, as Prometheus text. */
  metrics(): Promise<string>
}
