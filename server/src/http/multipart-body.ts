import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TransportError } from './faults.ts'

/** A file that came in a form. What it is called and said to be is passed over: it may be anything. */
export interface FormFile {
  /** Undefined when it is larger than a file may be. */
  readonly bytes: Buffer | undefined
}

/** What a form with files holds of each field; of one that comes several times the last counts. */
export type Form = Readonly<Record<string, string | FormFile>>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The files that a route takes in a form, by their fields, and the most bytes of the whole form; else none, and the body limit. */
    readonly form?: { readonly files: readonly string[]; readonly maxBytes: number }
  }
}

/** More of each than any form has. */
const limits = { fields: 100, files: 10, parts: 110, headerPairs: 20, fieldNameSize: 255, fieldSize: 65_536 }

/**
 * Makes a scope take `multipart/form-data` bodies (RFC 7578) beside those that it takes already. The body is an object without a
 * prototype, of texts and files. Of a file that is larger than `maxFileBytes`, or that the route does not name (`config.form`), nothing is
 * kept. Call it after `useStrictJson`.
 */
export function useMultipartBodies(app: FastifyInstance, { maxFileBytes }: { readonly maxFileBytes: number }): void {
  app.addContentTypeParser(
    /^multipart\/form-data(?:\s*;|$)/i,
    async (request: FastifyRequest, body: IncomingMessage) => {
      const form = await readForm(request, body, maxFileBytes)
      if (request.headers['idempotency-key'] !== undefined) request.bodyHash = hashOfForm(form)
      return form
    },
  )
}

/** Whether a value of a body is a file of a form; no JSON can make one. */
export function isFormFile(value: unknown): value is FormFile {
  return value instanceof ReceivedFile
}

class ReceivedFile implements FormFile {
  readonly bytes: Buffer | undefined

  constructor(bytes: Buffer | undefined) {
    this.bytes = bytes
  }
}

type Part = string | Promise<FormFile | undefined>

async function readForm(request: FastifyRequest, body: IncomingMessage, maxFileBytes: number): Promise<Form> {
  const { files = [], maxBytes = request.routeOptions.bodyLimit } = request.routeOptions.config.form ?? {}
  const parser = openParser(request, maxFileBytes)
  // Of a name that comes again the one before is let go: no form holds more files than its route names.
  const parts = new Map<string, Part>()
  let broken = false
  const breakOff = () => {
    broken = true
  }
  parser.on('field', (name, value, nameCut, valueCut) => {
    // The parser puts U+FFFD for what is no UTF-8.
    if (nameCut || valueCut || value.includes('\ufffd')) broken = true
    parts.set(name, value)
  })
  parser.on('file', (name, stream, filename) => {
    const file = files.includes(name) ? readFile(stream, filename) : passOver(stream, filename)
    file.catch(breakOff)
    parts.set(name, file)
  })
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(event, breakOff)
  try {
    const isEmpty = await readParts(body, maxBytes, parser)
    if (isEmpty || !broken) return await assemble(parts)
  } catch (error) {
    if (error instanceof TransportError) throw error
  }
  throw new TransportError({ code: 'body_malformed' })
}

/** Waits for the files, which end later than they begin. */
async function assemble(parts: ReadonlyMap<string, Part>): Promise<Form> {
  const form: Record<string, string | FormFile> = Object.create(null)
  for (const [name, part] of parts) {
    const value = await part
    if (value !== undefined) form[name] = value
  }
  return form
}

function openParser({ headers }: FastifyRequest, fileSize: number) {
  try {
    return new Busboy({ headers: headers as BusboyHeaders, limits: { ...limits, fileSize } })
  } catch {
    // The type names no boundary.
    throw new TransportError({ code: 'body_malformed' })
  }
}

/** Undefined for what a browser sends for a file that was not chosen. */
async function readFile(stream: BusboyFileStream, filename: string | undefined): Promise<FormFile | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  if (stream.truncated) return new ReceivedFile(undefined)
  return filename || chunks.length > 0 ? new ReceivedFile(Buffer.concat(chunks)) : undefined
}

/** A file that nobody asked for, of which nothing is kept. */
async function passOver(stream: BusboyFileStream, filename: string | undefined): Promise<FormFile | undefined> {
  let count = 0
  for await (const chunk of stream) count += (chunk as Buffer).length
  return filename || count > 0 ? new ReceivedFile(undefined) : undefined
}

/** Reads at most so many bytes. Whether there were none: clients send an empty form so, which the parser would call cut short. */
async function readParts(body: IncomingMessage, most: number, parser: Writable): Promise<boolean> {
  let count = 0
  const bounded = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      count += chunk.length
      if (count > most) throw new TransportError({ code: 'body_too_large' })
      yield chunk
    }
  }
  try {
    await pipeline(body, bounded, parser)
  } catch (error) {
    if (count > 0 || body.destroyed) throw error
  }
  return count === 0
}

/** Over what the form says: each client, and each repeat, draws another boundary. */
function hashOfForm(form: Form): Buffer {
  const hash = createHash('sha256')
  for (const [name, value] of Object.entries(form)) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : (value.bytes ?? Buffer.alloc(0))
    hash.update(JSON.stringify([name, typeof value, bytes.length])).update(bytes)
  }
  return hash.digest()
}
