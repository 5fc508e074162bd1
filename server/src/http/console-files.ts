import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { namesTag } from './entity-tags.ts'
import { TransportError } from './faults.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** The codings that the build may have made of a file, the smaller first. */
const codings = ['br', 'gzip'] as const
const suffixes = { br: '.br', gzip: '.gz' } as const

interface ConsoleFile {
  readonly type: string
  readonly tag: string
  /** Its bytes as they are, and in the codings that there are. */
  readonly bodies: ReadonlyMap<string, Buffer>
}

const only = (...directives: readonly string[]) => ["default-src 'none'", "base-uri 'none'", ...directives].join('; ')

/** No script but the console's own files, no style but its sheet, nothing from another host, and no frame around it (CSP3). */
const pagePolicy = only(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
)

/** The API reference is a document of its own in a frame of the console, since what draws it writes styles into the page. */
const framePolicy = only(
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'self'",
)

const pageHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/**
 * `/console`: the console's files, out of the folder that its build has written. Every path that is no file is a page of the console and
 * gets its one document. The files are read once, when the first of them is asked for: no path from outside ever meets the disk.
 */
export function consoleRoutes(app: FastifyInstance, folder: string): void {
  let read: ReadonlyMap<string, ConsoleFile> | undefined
  app.get('/console', (_request, reply) => reply.redirect('/console/', 308))
  app.get<{ Params: { '*': string } }>('/console/*', (request, reply) => {
    const path = request.params['*']
    read ??= readFiles(folder)
    const isAsset = path.startsWith('assets/')
    const found = read.get(path) ?? (isAsset ? undefined : read.get('index.html'))
    if (read.size === 0)
      return reply.code(503).type('text/plain').send('The console is not built: run npm run build, then start again.\n')
    if (found === undefined) throw new TransportError({ code: 'route_not_found' })
    reply.headers(pageHeaders)
    // What stands under assets has its content in its name.
    reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    reply.header('content-security-policy', path === 'reference.html' ? framePolicy : pagePolicy)
    return send(found, request, reply)
  })
}

function send({ type, tag, bodies }: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Weak, since it stands for the file in every coding.
  reply.headers({ etag: `W/${tag}`, vary: 'accept-encoding' })
  if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
  const accepted = acceptedCodings(request.headers['accept-encoding'])
  const coding = codings.find((name) => accepted.has(name) && bodies.has(name))
  if (coding !== undefined) reply.header('content-encoding', coding)
  return reply.type(type).send(bodies.get(coding ?? 'identity'))
}

/** The codings that a client names and does not rule out with `q=0` (RFC 9110 section 12.5.3). */
function acceptedCodings(header: string | undefined): ReadonlySet<string> {
  const named = (header ?? '').split(',').map((part) =>
    part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/),
  )
  return new Set(named.filter(([, weight = '1']) => Number(weight) > 0).map(([name = '']) => name))
}

function readFiles(folder: string): ReadonlyMap<string, ConsoleFile> {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name) in types)
  return new Map(names.map((name) => [name, readFile(folder, name)]))
}

function readFile(folder: string, name: string): ConsoleFile {
  const plain = readFileSync(join(folder, name))
  const bodies = new Map([['identity', plain]])
  for (const coding of codings) {
    const file = join(folder, name + suffixes[coding])
    if (existsSync(file)) bodies.set(coding, readFileSync(file))
  }
  const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { type: types[extname(name)] ?? 'application/octet-stream', tag, bodies }
}
