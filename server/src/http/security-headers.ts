import type { FastifyInstance } from 'fastify'

const always = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** The headers of an API that no browser should render, keep or guess the type of. */
export function securityHeaders(options: { readonly https: boolean }): Readonly<Record<string, string>> {
  return options.https ? { ...always, 'strict-transport-security': 'max-age=31536000' } : always
}

/** Gives every answer the headers; a route may still set its own over them. */
export function useHeaders(app: FastifyInstance, headers: Readonly<Record<string, string>>): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
