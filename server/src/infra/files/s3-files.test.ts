import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/helpers/facet-process.ts'
import { refusalOf } from '../../../test/helpers/signature-v4.ts'
import { createS3Files, type OpenFiles, type S3Options } from './s3-files.ts'

const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'correct/horse+battery' }

const closers: (() => void)[] = []
afterEach(() => {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) close()
})

interface Request extends IncomingMessage {
  readonly body: Buffer
}

/** A store that answers as it is told; gives its address and what it was asked. */
async function openStore(answer: (request: Request, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer(async (incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url?.split('?')[0]}`)
    answer(Object.assign(incoming, { body: await buffer(incoming) }), response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { endpoint: `http://localhost:${(server.address() as AddressInfo).port}`, asked }
}

function open(endpoint: string, options?: S3Options & Partial<typeof keys>): OpenFiles {
  const { timeoutMs = 20_000, ...given } = options ?? {}
  const files = createS3Files({ bucket: 'pictures', region: 'eu-west-3', endpoint, ...keys, ...given }, { timeoutMs })
  closers.push(() => files.close())
  return files
}

function refuse(response: ServerResponse, status: number, code: string, more = ''): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<Error><Code>${code}</Code><Message>${code} of ${keys.accessKeyId}</Message>${more}</Error>`)
}

async function textOf(files: OpenFiles, key: string): Promise<string | undefined> {
  const found = await files.get(key)
  return found && (await text(found.stream))
}

const unavailable = (reason: RegExp) => ({
  fault: { code: 'files_unavailable' },
  cause: { message: expect.stringMatching(reason) },
})

/** What a failure says, its causes and all that a log would write of it included. */
function saidBy(error: unknown): string {
  const { message, stack, cause } = error as Error
  return [message, stack, JSON.stringify(error), ...(cause === undefined ? [] : [saidBy(cause)])].join('\n')
}

describe('a store that looks at signatures', () => {
  const openSigned = () =>
    openStore((request, response) => {
      const refusal = refusalOf(request, request.body, keys)
      if (refusal !== undefined) refuse(response, 403, refusal, `<AWSAccessKeyId>${keys.accessKeyId}</AWSAccessKeyId>`)
      else if (request.method === 'GET' && !request.url?.includes('list-type')) response.end('a picture')
      else response.end(request.method === 'PUT' ? '' : '<ListBucketResult></ListBucketResult>')
    })

  it('lets whoever signs with the right key put, get and list, in the path of the bucket', async () => {
    const { endpoint, asked } = await openSigned()
    const files = open(endpoint)
    await files.put('app/profile/1.webp', Buffer.from('a picture'))
    expect(await textOf(files, 'app/profile/1.webp')).toBe('a picture')
    await files.removeAll('app/profile/')
    expect(asked).toEqual(['PUT /pictures/app/profile/1.webp', 'GET /pictures/app/profile/1.webp', 'GET /pictures/'])
  })

  it.each([
    ['secret', { secretAccessKey: 'wrong-horse' }, 'SignatureDoesNotMatch'],
    ['id', { accessKeyId: 'AKIAOTHER' }, 'InvalidAccessKeyId'],
  ])('refuses a wrong %s, of which nothing is said but that', async (_what, given, code) => {
    const { endpoint } = await openSigned()
    const files = open(endpoint, given)
    const calls = [() => files.put('a', Buffer.from('x')), () => files.get('a'), () => files.removeAll('a/')]
    for (const call of calls) {
      const error = await call().catch((thrown) => thrown)
      expect(error).toMatchObject(unavailable(new RegExp(`^It was answered with 403 \\(${code}\\)$`)))
      expect(saidBy(error)).not.toMatch(/horse|AKIA/)
    }
  })
})

it('a large file is sent without asking first: not every store answers that', async () => {
  const { endpoint } = await openStore(({ headers, body }, response) => {
    if (headers.expect === undefined && body.length === 5_242_880) response.end()
    else refuse(response, 417, 'ExpectationFailed')
  })
  await open(endpoint).put('a', Buffer.alloc(5_242_880))
})

describe('a store that cannot be used', () => {
  it('is given up at once when nobody listens', async () => {
    const files = open(`http://127.0.0.1:${await freePort()}`)
    await expect(files.put('a', Buffer.from('x'))).rejects.toMatchObject(unavailable(/^connect ECONNREFUSED/))
  })

  it('is asked again when it does not answer in time', async () => {
    const { endpoint, asked } = await openStore((_request, response) => {
      if (asked.length > 1) response.end()
    })
    await open(endpoint, { timeoutMs: 500 }).put('a', Buffer.from('x'))
    expect(asked.length).toBeGreaterThan(1)
  })

  it('is given up within three times the time of a request when it says nothing', async () => {
    const { endpoint } = await openStore(() => {})
    const began = performance.now()
    await expect(open(endpoint, { timeoutMs: 200 }).get('a')).rejects.toMatchObject(unavailable(/./))
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['stops in the middle of a file', (response) => response.writeHead(200, { 'content-length': 10 }).write('five!')],
    [
      'gives a file in drops without end',
      (response) => {
        response.setHeader('content-length', 1_000_000)
        const drop = setInterval(() => response.write('x'), 20)
        response.once('close', () => clearInterval(drop))
      },
    ],
  ])('breaks the file off within three times the time of a request when it %s', async (_what, answer) => {
    const { endpoint } = await openStore((_request, response) => answer(response))
    const began = performance.now()
    const found = await open(endpoint, { timeoutMs: 200 }).get('a')
    await expect(found && buffer(found.stream)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('breaks the file off when it ends the connection in the middle of it', async () => {
    const { endpoint } = await openStore((_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('five!', () => response.destroy())
    })
    await expect(textOf(open(endpoint), 'a')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('is unavailable when it tells no size of a file', async () => {
    const { endpoint } = await openStore((_request, response) => {
      response.write('x')
      response.end()
    })
    await expect(open(endpoint).get('a')).rejects.toMatchObject(unavailable(/^It did not tell the size/))
  })

  it('answers others while many files that it began are not read', async () => {
    const { endpoint } = await openStore((_request, response) => response.end(Buffer.alloc(1_000_000)))
    const files = open(endpoint, { timeoutMs: 1_000 })
    const unread = await Promise.all(Array.from({ length: 60 }, () => files.get('a')))
    expect((await textOf(files, 'b'))?.length).toBe(1_000_000)
    for (const found of unread) found?.stream.destroy()
  })

  it('is not taken for one without the file', async () => {
    const { endpoint } = await openStore((_request, response) => refuse(response, 404, 'NoSuchBucket'))
    await expect(open(endpoint).get('a')).rejects.toMatchObject(unavailable(/404 \(NoSuchBucket\)/))
  })

  it('is asked three times when it fails for the moment, and no more', async () => {
    let failures = 2
    const { endpoint, asked } = await openStore((_request, response) => {
      if (failures-- > 0) refuse(response, 500, 'InternalError')
      else response.end()
    })
    const files = open(endpoint)
    await files.put('a', Buffer.from('x'))
    expect(asked).toHaveLength(3)
    failures = 10
    await expect(files.put('a', Buffer.from('x'))).rejects.toMatchObject(unavailable(/500 \(InternalError\)/))
    expect(asked).toHaveLength(6)
  })
})

describe('a removal', () => {
  const list =
    '<ListBucketResult><Contents><Key>a/1</Key></Contents><Contents><Key>a/2</Key></Contents></ListBucketResult>'

  it('names each file to the store, with the digest that many stores ask for', async () => {
    const removed: string[] = []
    const { endpoint } = await openStore(({ method, headers, body }, response) => {
      if (method === 'GET') return response.end(list)
      if (headers['content-md5'] !== createHash('md5').update(body).digest('base64')) return refuse(response, 400, 'No')
      removed.push(...(body.toString().match(/(?<=<Key>)[^<]*/g) ?? []))
      response.end('<DeleteResult></DeleteResult>')
    })
    await open(endpoint).removeAll('a/')
    expect(removed).toEqual(['a/1', 'a/2'])
  })

  it('has failed when the store keeps one of the files', async () => {
    const kept = '<Error><Key>a/2</Key><Code>AccessDenied</Code><Message>No</Message></Error>'
    const { endpoint } = await openStore(({ method }, response) =>
      response.end(method === 'GET' ? list : `<DeleteResult>${kept}</DeleteResult>`),
    )
    await expect(open(endpoint).removeAll('a/')).rejects.toMatchObject(
      unavailable(/^1 files could not be removed \(AccessDenied\)$/),
    )
  })
})
