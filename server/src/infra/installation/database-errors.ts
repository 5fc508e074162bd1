import pg from 'pg'
import { ConnectError } from '../db/migrate.ts'
import { StartError } from './start-error.ts'

/**
 * What an operator is told of a database that cannot be used, in one line that names DATABASE_URL and repeats nothing of
 * it. An error that is no matter of the database comes back as it is.
 */
export function asUrlError(error: unknown, url: string): unknown {
  if (error instanceof StartError) return error
  if (error instanceof ConnectError) return new StartError(connectMessage(error.cause, url), error)
  if (error instanceof pg.DatabaseError) return new StartError(refused(error), error)
  const reason = reasonOf(error)
  return isOutage(reason) ? new StartError(unreachable(reason), error) : error
}

/** The same for the embedded server, whose address holds nothing that an operator could change. */
export function asEmbeddedError(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error
  return new StartError(
    `The embedded PostgreSQL gives no connection (${reasonOf(error.cause)}): start Facet again`,
    error,
  )
}

function connectMessage(error: unknown, url: string): string {
  if (error instanceof pg.DatabaseError) return refused(error)
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'ERR_INVALID_URL' || code === 'ERR_SOCKET_BAD_PORT' || error instanceof URIError) {
    return 'DATABASE_URL must be postgres://user:password@host:5432/database, with a port below 65536 and special characters of the password as %XX'
  }
  const reason = reasonOf(error)
  if (/SSL|TLS|CERT|UNABLE_TO|SELF_SIGNED/i.test(reason)) {
    return `DATABASE_URL asks for TLS that does not come about (${shown(reason, url)}): change sslmode or sslrootcert in it, or PGSSLMODE`
  }
  if (isOutage(reason)) return unreachable(reason)
  return `DATABASE_URL cannot be used (${shown(reason, url)}): mend it`
}

const refused = (error: pg.DatabaseError) => `DATABASE_URL leads to a PostgreSQL that refused: ${error.message}`

const unreachable = (reason: string) => `DATABASE_URL cannot be reached (${reason}): is PostgreSQL running there?`

const isOutage = (reason: string) => /^E[A-Z]+$|timeout|terminated/i.test(reason)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** A reason that may be shown: one line, and nothing from the URL behind its scheme. */
function shown(reason: string, url: string): string {
  const line = reason.replace(/\s+/g, ' ')
  const [, password = ''] = /^[a-z]+:\/\/[^:@/]*:([^/]*)@/i.exec(url) ?? []
  return line.includes('://') || (password !== '' && line.includes(password)) ? 'no reason given' : line
}
