import { createHash, randomBytes } from 'node:crypto'

const hourMs = 3_600_000

/** How long a link can be used. */
export const linkLifeMs = { setup: 24 * hourMs, invitation: 7 * 24 * hourMs, reset: hourMs } as const

export type LinkKind = keyof typeof linkLifeMs

/** The page of the console that a link leads to. */
const pages = { setup: 'set-up', invitation: 'accept', reset: 'reset' } as const satisfies Record<LinkKind, string>

/** A token of 256 random bits. */
export function newLinkToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The hash that a link is looked up by. SHA-256 without stretch: a token is random. */
export function hashLinkToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The link itself. The token stands behind `#`, which browsers keep for themselves: no log of a server has it. */
export function linkUrl(publicUrl: string, kind: LinkKind, token: string): string {
  return `${publicUrl}/console/${pages[kind]}#token=${token}`
}
