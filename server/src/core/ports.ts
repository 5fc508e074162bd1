/** Seals secrets for rest. `purpose` and `rowId` are bound as associated data: a sealed value opens in its own row only. */
export interface Keys {
  /** AES-256-GCM under the credentials key. */
  seal(purpose: string, rowId: string, plain: Buffer): Buffer
  /** Throws when the value was sealed for another row or purpose, with another key, or was changed. */
  open(purpose: string, rowId: string, sealed: Buffer): Buffer
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
