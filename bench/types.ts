/** How long one leg lasts: what is done in the warm-up counts as stored, not as measured. */
export interface LegTime {
  readonly warmupMs: number
  readonly measureMs: number
}

/** What one contestant did in one leg. */
export interface Measured {
  /** Answers a second within the measured time. */
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Every write that was acknowledged in the whole leg, its warm-up included. */
  readonly acknowledged: number
  readonly errors: number
  /** The first error in words. */
  readonly firstError?: string
}

/** One line of the table: who does an operation, and how to make them do it for a while. */
export interface Entry {
  readonly operation: Operation
  readonly contestant: string
  readonly kind: 'facet' | 'bare' | 'pgbench'
  /** Process ids whose CPU time is the server's; none for pgbench, whose client is the load. */
  readonly serverPids: readonly number[]
  run(time: LegTime): Promise<Measured>
}

export const operations = ['create', 'get by reference', 'list, Oumla page of 10', 'list, native page of 10'] as const
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
  readonly kind: Entry['kind']
  readonly cpu: CpuSeconds
  /** Rows, and the app's counter, by which the leg grew the database; null for reads. */
  readonly stored: { readonly rows: number; readonly counted: number } | null
}
