import { newId } from '../core/ids.ts'
import { signMessage } from '../core/webhooks/signatures.rules.ts'

/** An event that is to be posted, with its JSON text as the feed has it. */
export interface ForwardedEvent {
  readonly id: string
  readonly appId: string
  readonly json: string
}

/** What became of it: the status that came, or why none did. */
export interface Forwarded {
  readonly status: number | undefined
  readonly error: string | undefined
  readonly durationMs: number
}

const defaultTimeoutMs = 10_000

export interface ForwardOptions {
  readonly url: string
  /** `whsec_` and base64. */
  readonly secret: string
  readonly signal: AbortSignal
  /** 10 s for the whole of it. */
  readonly timeoutMs?: number
}

/**
 * Posts an event as a `standard` webhook is posted, once. It goes to the developer's own machine at the developer's own
 * wish, so the address is not judged. Rejects only when the signal is aborted.
 */
export async function forward(
  event: ForwardedEvent,
  { url, secret, signal, timeoutMs = defaultTimeoutMs }: ForwardOptions,
): Promise<Forwarded> {
  const { headers, body } = signMessage(
    'standard',
    { id: event.id, appId: event.appId, attempt: 1, sentAt: new Date(), event: event.json },
    [{ id: newId(), secret, expiresAt: null }],
  )
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  try {
    const response = await fetch(url, {
      method: 'POST',
      // A kept connection may be closed by the receiver at the moment in which the next event is put on it.
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Facet-Listen/1.0',
        connection: 'close',
        ...headers,
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const forwarded = { status: response.status, error: undefined, durationMs: durationMs() }
    await drain(response)
    return forwarded
  } catch (error) {
    signal.throwIfAborted()
    return { status: undefined, error: reasonOf(error as Error, timeoutMs), durationMs: durationMs() }
  }
}

/** Takes the rest of an answer and keeps none of it. What becomes of it changes nothing: the status has come. */
async function drain({ body }: Response): Promise<void> {
  try {
    for await (const _ of body ?? []);
  } catch {
    // Broken off, or too slow.
  }
}

function reasonOf({ name, message, cause }: Error, timeoutMs: number): string {
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`
  const { code, message: detail } = (cause ?? {}) as NodeJS.ErrnoException
  return code ?? detail ?? message
}
