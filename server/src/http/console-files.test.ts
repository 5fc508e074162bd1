import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleRoutes } from './console-files.ts'

const script = 'console.log("the console")\n'.repeat(100)
const page = '<!doctype html><title>Facet</title>'
let folder: string
let app: FastifyInstance

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'facet-console-'))
  mkdirSync(join(folder, 'dist', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.html'), 'not for anybody')
  const files = {
    'index.html': page,
    'reference.html': page,
    'facet.svg': '<svg/>',
    'assets/index-a1.js': script,
    '.build': 'x',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'dist', name), text)
  writeFileSync(join(folder, 'dist', 'assets', 'index-a1.js.br'), brotliCompressSync(script))
  writeFileSync(join(folder, 'dist', 'assets', 'index-a1.js.gz'), gzipSync(script))
  app = Fastify()
  app.setErrorHandler((_error, _request, reply) => reply.code(404).send())
  consoleRoutes(app, join(folder, 'dist'))
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true })
})

const get = (url: string, headers = {}) => app.inject({ url, headers })

describe('a page of the console', () => {
  it.each(['/console/', '/console/users', '/console/some-app/users/some-one', '/console/index.html'])(
    '%s is the one document, is asked for anew each time, and may do nothing but what the console does',
    async (url) => {
      const answer = await get(url)
      expect(answer.statusCode).toBe(200)
      expect(answer.body).toBe(page)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy':
          "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
      })
    },
  )

  it('is found without the slash at the end', async () => {
    const answer = await get('/console')
    expect(answer.statusCode).toBe(308)
    expect(answer.headers.location).toBe('/console/')
  })

  it('may be framed by the console alone where it is the reference, and runs no script of its own making there', async () => {
    const policy = (await get('/console/reference.html')).headers['content-security-policy']
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'self'")
  })
})

describe('a file of the console', () => {
  it('is kept for ever where its content is in its name', async () => {
    const answer = await get('/console/assets/index-a1.js')
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(answer.body).toBe(script)
  })

  it.each([
    ['br', 'gzip, deflate, br'],
    ['gzip', 'gzip'],
    ['gzip', 'br;q=0, GZIP;q=0.5'],
    [undefined, ''],
    [undefined, 'identity, br;q=0'],
  ])('comes as %s to a client that takes “%s”', async (coding, accepted) => {
    const answer = await get('/console/assets/index-a1.js', { 'accept-encoding': accepted })
    expect(answer.headers['content-encoding']).toBe(coding)
    expect(answer.headers.vary).toBe('accept-encoding')
    const bytes = { br: brotliCompressSync(script), gzip: gzipSync(script) }[coding ?? ''] ?? Buffer.from(script)
    expect(answer.rawPayload).toEqual(bytes)
  })

  it('is not sent again to who has it', async () => {
    const { etag } = (await get('/console/facet.svg')).headers
    const again = await get('/console/facet.svg', { 'if-none-match': etag })
    expect(again.statusCode).toBe(304)
    expect(again.body).toBe('')
  })

  it.each([
    '/console/assets/gone.js',
    '/console/assets/../../secret.html',
    '/console/assets/..%2f..%2fsecret.html',
    '/console/assets/index-a1.js.br',
    '/console/assets/%00',
  ])('is not there at %s', async (url) => {
    const answer = await get(url)
    expect(answer.statusCode).toBe(404)
    expect(answer.body).not.toContain('not for anybody')
  })

  it.each(['/console/../secret.html', '/console/..%2fsecret.html', '/console/.build'])(
    'is not served for %s, which is a page like any other',
    async (url) => {
      expect((await get(url)).body).not.toMatch(/not for anybody|^x$/)
    },
  )
})

describe('a console that is not built', () => {
  it('says so, and how it is mended', async () => {
    const bare = Fastify()
    consoleRoutes(bare, join(folder, 'nowhere'))
    const answer = await bare.inject('/console/users')
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toBe('The console is not built: run npm run build, then start again.\n')
    await bare.close()
  })
})
