/** A mail to be sent. */
export interface MailInput {
  /** One address, without a name: at most 254 bytes. */
  readonly to: string
  /** At most 255 characters in one line. */
  readonly subject: string
  /** Plain text of at most 64 KiB in UTF-8. */
  readonly text: string
}

/** A mail that a sandbox app wrote, kept for its developer to read. */
export interface OutboxMail extends MailInput {
  readonly id: string
  readonly createdAt: Date
}

/** A mail in the queue, as the job that sends it finds it. */
export interface MailOrder {
  readonly appId: string
  readonly id: string
  /** The instant at which it was written, RFC 3339. */
  readonly at: string
  /** The mail, sealed for this app and id, in base64. */
  readonly sealed: string
}
