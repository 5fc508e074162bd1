import { totalmem } from 'node:os'

/** The name of the role (the cluster's superuser) and of the database. */
export const roleName = 'facet'
export const databaseName = 'facet'

/** Only part of the socket's file name: nothing listens on TCP. */
export const socketPort = 5432

const megabyte = 2 ** 20

/**
 * A quarter of the memory that there is, at most 4 GB: the indexes of ten million profiles by what comes in no order fit, and what is
 * touched of them is not read and written again each time. More would be felt in every start.
 */
function sharedBuffers(): string {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  const megabytes = Math.floor(memory / 4 / megabyte)
  return `${Math.max(128, Math.min(4_096, megabytes))}MB`
}

// Given on the command line at each start, so that a new release's settings reach old clusters and beat
// postgresql.conf and ALTER SYSTEM.
const settings: Record<string, string> = {
  listen_addresses: '',
  port: String(socketPort),
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  ssl: 'off',

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  restart_after_crash: 'on',

  max_connections: '100',
  shared_buffers: sharedBuffers(),
  huge_pages: 'off',
  // A page that is changed for the first time after a checkpoint is logged as a whole: few checkpoints. These pages are not compressed:
  // pglz, all that this build has, takes longer than the disk (`npm run bench -- --only scale --scale 4,6` with either).
  checkpoint_timeout: '15min',
  max_wal_size: '4GB',
  // What the log took once it keeps: a segment that has to be made is filled with zeros first, and every commit waits for it.
  min_wal_size: '4GB',
  // By itself it would be no more than a segment.
  wal_buffers: '16MB',
  checkpoint_completion_target: '0.9',
  wal_compression: 'off',
  random_page_cost: '1.1',
  jit: 'off',
  // A killed client's long query must not hold the server up.
  client_connection_check_interval: '10s',

  TimeZone: 'UTC',
  lc_messages: 'C',

  log_destination: 'stderr',
  logging_collector: 'off',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_min_messages: 'warning',
  log_statement: 'none',
  log_checkpoints: 'off',
  // Personal data stays out of the log: statements and the "Key (email)=(…)" details of errors are not written.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

/** The command-line arguments of the server. */
export function serverArguments(clusterDir: string, socketDir: string): string[] {
  // The setting is a comma-separated list of names that may be quoted: a folder with a comma or a space stays one folder.
  const quoted = `"${socketDir.replaceAll('"', '""')}"`
  const all = { ...settings, unix_socket_directories: quoted }
  return ['-D', clusterDir, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
}
