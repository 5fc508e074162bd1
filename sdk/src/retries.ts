import { NetworkError, ProblemError } from './errors.ts'

const firstWaitMs = 500
const longestBackoffMs = 8_000
/** What asks for a longer wait is told to the caller instead. A minute is the window that requests are counted in. */
const longestWaitMs = 60_000
const passingStatuses = new Set([429, 502, 503, 504])

/** Whether the same request may be answered in a while: no answer came, or one that says so. */
export function isPassing(error: unknown): error is ProblemError | NetworkError {
  if (error instanceof NetworkError) return true
  if (!(error instanceof ProblemError)) return false
  return passingStatuses.has(error.status) || error.code === 'idempotency_key_in_flight'
}

/**
 * Does `attempt`, and again up to `retries` times while it fails with what passes: after `Retry-After`, or a wait that
 * doubles, between half of it and all of it at random. Throws what the last attempt threw, or the reason of `signal`.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries, signal }: { readonly retries: number; readonly signal: AbortSignal | undefined },
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (failures >= retries || !isPassing(error)) throw error
      const waitMs = waitMsAfter(error, failures)
      if (waitMs > longestWaitMs) throw error
      await pause(waitMs, signal)
    }
  }
}

/** How long to wait after an attempt that failed, when `failures` failed before it. */
export function waitMsAfter(error: unknown, failures: number): number {
  const backoffMs = Math.min(longestBackoffMs, firstWaitMs * 2 ** failures) * (0.5 + Math.random() / 2)
  const askedMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(backoffMs, askedMs)
}

/** Waits. Throws the reason of `signal` when that aborts meanwhile. */
export function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', give)
      resolve()
    }, waitMs)
    if (signal?.aborted) give()
    else signal?.addEventListener('abort', give, { once: true })
  })
}
