/** A place at the running embedded server, held until `release()`. */
export interface EmbeddedPostgres {
  /** `host` is the folder of the Unix socket; there is no TCP port. The role is the cluster's superuser. */
  readonly connection: Connection
  /** Where the cluster really lies: `<dataDir>/postgres`, or elsewhere when the server's user cannot enter that. */
  readonly clusterDir: string
  /** Leaves the server; the last one out stops it and waits until it is gone. Idempotent. */
  release(): Promise<void>
}

export interface Connection {
  host: string
  port: number
  user: string
  password: string
  database: string
}

export type EmbeddedPostgresEvent = { kind: 'down' } | { kind: 'back' } | { kind: 'lost'; reason: string }

export interface OpenOptions {
  /** Absolute; created with mode 0700 when missing. */
  dataDir: string
  /**
   * `main`: the one `facet start` of this folder; holds the exclusive main lock and restarts PostgreSQL when it dies.
   * `visitor`: a CLI command that uses the live server, or starts it for its own time.
   */
  role: 'main' | 'visitor'
  /** Progress in plain words, one line at a time. */
  say: (line: string) => void
  /** Main only: PostgreSQL died and came back, or was lost for good (then the process must stop). */
  onEvent?: (event: EmbeddedPostgresEvent) => void
  /** Gives the opening up; it then rejects, after a server that nobody else uses has been stopped again. */
  signal?: AbortSignal | undefined
  /**
   * Root only: folders that may hold binaries and cluster when the server's user cannot enter the usual ones; the first
   * that works is taken. Default: `/var/lib/facet`, `/opt/facet`, `/srv/facet`, `/var/tmp/facet`.
   */
  sharedDirs?: readonly string[]
}

/** The user that the server runs as. */
export interface Account {
  uid: number
  gid: number
  /** For messages: a name, or `uid 1000`. */
  name: string
  /** True when this process is root and has to switch to that user. */
  foreign: boolean
}

export interface Binaries {
  postgres: string
  initdb: string
  /** Of the npm package, such as `18.4.0-beta.17`. */
  version: string
  /** Of PostgreSQL, as PG_VERSION in a cluster has it. */
  major: string
}

/** Everything about one data folder that stays the same while it is open. */
export interface Site {
  /** Without symlinks. */
  dataDir: string
  clusterDir: string
  logFile: string
  account: Account
  binaries: Binaries
  password: string
  say: (line: string) => void
}
