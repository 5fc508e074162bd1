import { createHash } from 'node:crypto'
import scalar from '@scalar/fastify-api-reference'
import fastify from 'fastify'
import type { Plugin } from 'vite'

/**
 * Puts Scalar, which draws API references, among the console's files, and a script for it into the page that shows them. It is taken out
 * of its package for Fastify, which serves it as one file; the package that it comes from brings 180 others of 287 MB.
 */
export function scalarFile(): Plugin {
  let base = '/'
  let fileName = ''
  let source: Buffer = Buffer.alloc(0)
  return {
    name: 'scalar-file',
    configResolved(config) {
      base = config.base
    },
    async buildStart() {
      source = await readScalar()
      fileName = `assets/scalar-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source })
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (request.url !== base + fileName) return next()
        response.setHeader('content-type', 'text/javascript').end(source)
      })
    },
    transformIndexHtml(_html, { path }) {
      if (!path.endsWith('reference.html')) return []
      return [{ tag: 'script', attrs: { src: base + fileName }, injectTo: 'head' }]
    },
  }
}

async function readScalar(): Promise<Buffer> {
  const server = fastify()
  await server.register(scalar, { routePrefix: '/scalar', configuration: { url: '/' } })
  const { statusCode, rawPayload } = await server.inject('/scalar/js/scalar.js')
  await server.close()
  if (statusCode !== 200) throw new Error(`Scalar's package does not serve its file where it did: ${statusCode}`)
  return rawPayload
}
