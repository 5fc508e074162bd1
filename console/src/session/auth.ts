import { NetworkError, problemOf } from '@facet/sdk/errors'

const base = '/console/auth'

/**
 * Asks the sign-in: signing in and out, and what an operator keeps of it. It is the one thing that the console asks beside the native API,
 * answers in its shapes, and takes nothing from another origin. Throws ProblemError, and NetworkError when no answer came.
 */
export async function auth<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(base + path, { method, ...sent }).catch((cause) => {
    throw new NetworkError('The connection failed', { timedOut: false, cause })
  })
  const text = await response.text()
  if (!response.ok) throw problemOf(response, text)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}
