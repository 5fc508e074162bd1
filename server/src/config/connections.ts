/** The settings that say how many connections there are. */
interface ConnectionSettings {
  /** Of all processes that serve HTTP together. */
  readonly databaseConnections: number | undefined
  readonly workers: number
  readonly databaseUrl: string | undefined
}

const leastOfEach = 2
/**
 * What the embedded PostgreSQL has for statements and notices: of its 100, the process that works on jobs may take 15, and the rest is for
 * the start, for commands and for whoever watches over it.
 */
const mostEmbedded = 75
/** Each has one more for notices. */
export const mostWorkersEmbedded = Math.floor(mostEmbedded / (leastOfEach + 1))

/** How many connections for statements each process that serves HTTP opens at most. */
export function connectionsOfEach(given: ConnectionSettings): number {
  return Math.floor(connectionsOfAll(given) / given.workers)
}

function connectionsOfAll({ databaseConnections, workers, databaseUrl }: ConnectionSettings): number {
  const usual = Math.max(16, 4 * workers)
  return databaseConnections ?? (databaseUrl === undefined ? Math.min(usual, mostEmbedded - workers) : usual)
}

/** Why the connections do not go round, a sentence each. */
export function unfitConnections(given: ConnectionSettings): string[] {
  const { workers, databaseUrl } = given
  const all = connectionsOfAll(given)
  const [least, most] = [leastOfEach * workers, mostEmbedded - workers]
  if (databaseUrl === undefined && (all > most || least > most)) {
    return [
      `FACET_DATABASE_CONNECTIONS and FACET_WORKERS must together be at most ${mostEmbedded} with the embedded PostgreSQL, not ${all} and ${workers}: lower them, or set DATABASE_URL`,
    ]
  }
  if (all >= least) return []
  return [`FACET_DATABASE_CONNECTIONS must be at least ${least} for ${workers} of FACET_WORKERS, not ${all}`]
}
