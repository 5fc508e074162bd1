/** A request of an app that was answered. */
export interface AnsweredCall {
  /** When, in milliseconds since 1970. */
  readonly atMs: number
  /** The name of the dialect that answered it. */
  readonly dialect: string
  readonly method: string
  /** The pattern of the route, never the path: a path may carry an e-mail. */
  readonly route: string
  readonly status: number
  /** How long it took. */
  readonly ms: number
  /** A UUID, which is the call's own too. */
  readonly requestId: string
}

/** Takes note of calls, to be written later. */
export interface CallCounter {
  /** Counts a call of the app. It waits for nothing. */
  count(appId: string, call: AnsweredCall): void
  /** How many calls were answered and never counted, since there was no room to keep them. */
  readonly dropped: number
}

/** The calls of one app to one dialect within one minute. */
export interface CallTally {
  readonly appId: string
  readonly dialect: string
  /** When the minute began, in milliseconds since 1970. */
  readonly minuteMs: number
  requests: number
  /** Those with a status of 400 and more. */
  errors: number
  /** Those with a status of 500 and more. */
  serverErrors: number
  /** How many fell into each bucket of latencies.rules.ts. */
  readonly latencies: number[]
  /** The first few errors, and the first few of the others. */
  readonly failures: AnsweredCall[]
  readonly successes: AnsweredCall[]
}

export const callWindows = ['hour', 'day'] as const
export type CallWindow = (typeof callWindows)[number]

/** What was called within a window of time, which ends with the step that is not over yet. */
export interface CallStatistics {
  readonly window: CallWindow
  readonly from: Date
  readonly to: Date
  readonly stepSeconds: number
  /** Every dialect that was called, by name. */
  readonly dialects: readonly DialectCalls[]
}

/** The calls to one dialect. A p95 is an estimate (see latencies.rules.ts), and null where nothing was called. */
export interface DialectCalls {
  readonly dialect: string
  readonly requests: number
  readonly errors: number
  readonly serverErrors: number
  readonly p95Ms: number | null
  /** One number a step, from the first to the last. */
  readonly series: {
    readonly requests: readonly number[]
    readonly errors: readonly number[]
    readonly p95Ms: readonly (number | null)[]
  }
}

/** A call that was kept. */
export interface RecentCall extends Omit<AnsweredCall, 'atMs'> {
  readonly at: Date
}
