import type { FastifyInstance } from 'fastify'
import { findPictureFile } from '../core/pictures/pictures.service.ts'
import type { Files } from '../core/ports.ts'
import { TransportError } from './faults.ts'

interface PicturePath {
  readonly app: string
  readonly digest: string
  readonly file: string
}

/** What is at such a path never changes. It came from outside once: nothing in it may run, whatever reads it (CSP3, `sandbox`). */
const headers = {
  'content-type': 'image/webp',
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
} as const

/** `/pictures`: the pictures of profiles, to whoever was told where they are. Costs no statement. */
export function pictureRoutes(app: FastifyInstance, files: Files): void {
  app.get<{ Params: PicturePath }>('/pictures/:app/:digest/:file', async ({ method, params }, reply) => {
    const found = await findPictureFile(files, [params.app, params.digest, params.file])
    if (found === undefined) throw new TransportError({ code: 'route_not_found' })
    const { size, stream } = found
    // The framework would read all of it to send nothing.
    if (method === 'HEAD') stream.destroy()
    // The framework would answer a file that fails at its first byte with an error under these headers, to be kept for ever.
    stream.once('error', () => reply.raw.destroy())
    return reply.headers({ ...headers, 'content-length': size }).send(stream)
  })
}
