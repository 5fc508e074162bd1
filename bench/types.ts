/** How long one leg lasts: what is done in the warm-up counts as stored, not as measured. */
export interface LegTime {
  readonly warmupMs: number
  readonly measureMs: number
}

/** How long answers took; each is what so large a share of them did not exceed. */
export interface Latencies {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** What one contestant did in one leg. */
export interface Measured extends Latencies {
  /** Answers a second within the measured time. */
  readonly perSecond: number
  /** Every write that was acknowledged in the whole leg, its warm-up included. */
  readonly acknowledged: number
  readonly errors: number
  /** The first error in words. */
  readonly firstError?: string
}

export const kinds = ['facet', 'bare', 'pgbench', 'peer'] as const
export type Kind = (typeof kinds)[number]

/** One line of the table: who does an operation, and how to make them do it for a while. */
export interface Entry {
  readonly operation: Operation
  readonly contestant: string
  readonly kind: Kind
  /** Process ids whose CPU time and memory are the server's; none for pgbench, whose client is the load. */
  readonly serverPids: readonly number[]
  /** How many rows there are, and what the contestant's own counter says, which is the rows where it has none. */
  countStored(): Promise<Stored>
  run(time: LegTime): Promise<Measured & { readonly cpuSeconds?: number }>
}

export interface Stored {
  readonly rows: number
  readonly counted: number
}

export const operations = ['create', 'get', 'list, page by position', 'list, page by cursor'] as const
export type Operation = (typeof operations)[number]

/** CPU seconds of one leg, its warm-up included. Null where the system does not tell. */
export interface CpuSeconds {
  readonly load: number | null
  readonly server: number | null
  readonly database: number | null
  /** What had nothing to do with the leg: other work on the machine. */
  readonly others: number | null
  readonly wall: number
}

/** One leg as it is kept in the result. */
export interface Leg extends Measured {
  readonly round: number
  readonly operation: Operation
  readonly contestant: string
  readonly kind: Kind
  readonly cpu: CpuSeconds
  /** The most memory that the server's processes held in it, in bytes. */
  readonly memoryBytes: number | null
  /** By how much the leg grew the database; null for reads. */
  readonly stored: Stored | null
}
