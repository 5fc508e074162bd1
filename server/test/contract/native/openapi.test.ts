import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify, { type RouteOptions } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { type EventType, eventKinds, eventTypes } from '../../../src/core/event-types.ts'
import { toEventJson } from '../../../src/core/feed/event-json.ts'
import { createFeedHub } from '../../../src/core/feed/feed.hub.ts'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { signMessage } from '../../../src/core/webhooks/signatures.rules.ts'
import { signatureStyles } from '../../../src/core/webhooks/webhooks.types.ts'
import { native } from '../../../src/dialects/native/plugin.ts'
import { createPasskeys } from '../../../src/infra/operators/passkeys.ts'
import { quietPorts, steadyNotices, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { type Answer, clientOf } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)

interface Operation {
  readonly summary?: string
  readonly operationId?: string
  readonly parameters?: readonly { in: string; name: string; required?: boolean; schema: object }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { schema: object }> }
  readonly responses: Record<
    string,
    { description: string; headers?: object; content?: Record<string, { schema: object }> }
  >
}

interface Document {
  readonly openapi: string
  readonly info: { title: string; version: string }
  readonly paths: Record<string, Record<string, Operation>>
  readonly webhooks: Record<EventType, { readonly post: Operation & { readonly security: object[] } }>
  readonly security: readonly Record<string, readonly string[]>[]
  readonly components: { securitySchemes: Record<string, object> }
}

let document: Document
let operations: { method: string; path: string; operation: Operation }[]

beforeAll(async () => {
  document = (await api.server.inject('/facet/v1/openapi.json')).json()
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
})

const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false })

/** Every route that the plugin registers and a client may use, as the document spells it. */
async function registeredRoutes(): Promise<string[]> {
  const routes: RouteOptions[] = []
  const app = Fastify()
  app.decorateRequest('ctx')
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  const { db, keys } = database
  const none = async () => undefined
  const directory = { find: none, findPair: none, noteUse: () => {}, writeUses: async () => {} }
  const limit = { count: async () => {}, announce: async () => {} }
  const services = {
    db,
    keys,
    directory,
    hosts: { find: none },
    tokens: { find: none, ask: none },
    sessions: { find: none, claimsOf: (_app: string, _token: string, read: () => Promise<never>) => read() },
    publicUrl: undefined,
    ...quietPorts,
    feed: createFeedHub(steadyNotices),
    log: quietLog,
    keyLimit: limit,
    addressLimit: limit,
    jobs: { enqueue: async () => {} },
    sendsMail: false,
    passwords: { hash: async () => '', verify: async () => ({ matches: false, outdated: false }) },
    pictures: { render: async () => undefined },
    walletNews: { watch: () => undefined, close() {} },
    maxPictureBytes: 1,
    uploads: { hold: async () => {} },
    windowLimits: { admit: async () => {} },
    operators: {
      signIn: { call: async () => ({ status: 200, body: null, cookies: [] }) },
      passkeys: createPasskeys(),
      secret: '',
      secureCookies: false,
    },
    faces: async () => [],
  }
  await app.register(native.plugin, { prefix: native.prefix, services })
  await app.ready()
  await app.close()
  const shown = routes.filter(
    ({ method, schema }) => method !== 'HEAD' && (schema as { hide?: boolean })?.hide !== true,
  )
  return shown.map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
}

describe('GET /facet/v1/openapi.json: 200', () => {
  it('needs no key, and is JSON', async () => {
    const answer = await api.server.inject('/facet/v1/openapi.json')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  })

  it('is an OpenAPI 3.1 document with a name, a version and security schemes that exist', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: expect.stringMatching(/\S/), version: expect.stringMatching(/\S/) })
    expect(document.security).toEqual([{ secret: [] }, { cookie: [] }])
    expect(document.components.securitySchemes).toEqual({
      secret: { type: 'http', scheme: 'bearer' },
      cookie: { type: 'apiKey', in: 'cookie', name: 'facet.session_token', description: expect.any(String) },
    })
    expect(JSON.stringify(document)).not.toContain('"$ref"')
  })

  it('gives every operation a name of its own, the headers that it takes, and those that it answers', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(operations.length)
    expect(names).toEqual(expect.arrayContaining(['createProfile', 'getProfile', 'revokeApiKey', 'listApps']))
    for (const { method, path, operation } of operations) {
      const taken = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name }) => name)
      // What an operator asks outside of any app can neither name one nor be remembered in it.
      const inApp = !/\/operator(\/|$)/.test(path)
      expect(taken.includes('Facet-App'), `${method} ${path}`).toBe(inApp)
      expect(taken.includes('Idempotency-Key'), `${method} ${path}`).toBe(inApp && method !== 'GET')
      expect(taken.includes('If-Match'), `${method} ${path}`).toBe(
        ['PATCH', 'DELETE'].includes(method) && path.endsWith('{profile}'),
      )
      for (const answer of Object.values(operation.responses)) expect(answer.headers).toHaveProperty('RateLimit')
    }
  })

  it('promises an ETag where one profile is answered, and nowhere else', () => {
    const promised = operations.flatMap(({ method, path, operation }) =>
      Object.entries(operation.responses).flatMap(([status, { headers = {} }]) =>
        'ETag' in headers ? [`${method} ${path.slice('/facet/v1'.length)} ${status}`] : [],
      ),
    )
    const one = '/profiles/{profile}'
    expect(promised.toSorted()).toEqual(
      [
        'POST /profiles 201',
        ...[`GET ${one} 200`, `GET ${one} 304`, `PATCH ${one} 200`, `DELETE ${one}/picture 200`],
        ...[`POST ${one}/merge 200`, `POST ${one}/unsubscribe 200`],
      ].toSorted(),
    )
  })

  it('requires of a client nothing that has a default', () => {
    let defaults = 0
    for (const { method, path, operation } of operations) {
      for (const { name, required, schema } of operation.parameters ?? []) {
        if (!('default' in schema)) continue
        defaults += 1
        expect(required, `${method} ${path} ${name}`).toBe(false)
      }
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        const { properties = {}, required = [] } = schema as {
          properties?: Record<string, object>
          required?: string[]
        }
        expect(required.filter((name) => 'default' in (properties[name] ?? {}))).toEqual([])
      }
    }
    expect(defaults).toBeGreaterThan(2)
  })

  it('says the limits of a webhook endpoint where a generated client finds them', () => {
    const bodyOf = (path: string) => document.paths[path]?.post?.requestBody?.content['application/json']?.schema
    expect(bodyOf('/facet/v1/webhook-endpoints')).toMatchObject({
      properties: { url: { maxLength: 2_048 }, types: { minItems: 1, maxItems: 100 } },
    })
    expect(bodyOf('/facet/v1/webhook-endpoints/{id}/rotate-secret')).toMatchObject({
      properties: { overlapHours: { minimum: 0, maximum: 168 } },
    })
  })

  it('describes every registered route, and no other', async () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`)
    expect(described.length).toBeGreaterThan(10)
    expect(described.toSorted()).toEqual((await registeredRoutes()).toSorted())
  })

  it('gives every operation a summary of its own and declares its path parameters', () => {
    const summaries = operations.map(({ operation }) => operation.summary)
    expect(new Set(summaries).size).toBe(operations.length)
    expect(summaries).not.toContain(undefined)
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(inPath)
      expect(declared.every(({ required }) => required === true)).toBe(true)
    }
  })

  it('has only schemas that are valid JSON Schema 2020-12, as OpenAPI 3.1 wants them', () => {
    const schemas = operations.flatMap(({ operation }) => [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
      ...Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content ?? {}).map(({ schema }) => schema),
      ),
    ])
    expect(schemas.length).toBeGreaterThan(30)
    for (const schema of schemas) {
      expect(ajv.validateSchema(schema), JSON.stringify(schema)).toBe(true)
      expect(() => ajv.compile(schema)).not.toThrow()
    }
  })

  it('documents every refusal and failure as a problem, and nothing else by that type', () => {
    for (const { method, path, operation } of operations) {
      const { responses } = operation
      expect(
        Object.keys(responses).filter((status) => /^[45]/.test(status)),
        path,
      ).toEqual(['4XX', '5XX'])
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        expect(description).toMatch(/\S/)
        const types = Object.keys(content)
        expect(types, `${method} ${path} ${status}`).toEqual(typesFor(path, status))
      }
      const [problem] = Object.values(responses['4XX']?.content ?? {})
      expect(problem?.schema).toMatchObject({
        required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
      })
    }
  })

  it('tells the truth: real answers fit their schemas, whole', async () => {
    const tenant = await api.newTenant()
    const client = clientOf(api, tenant.apiKey)
    const profile = await client.make({ reference: 'truth', attributes: { a: [1] }, phone: '+4930901820' })
    const key = await client.post('/api-keys', { name: 'x', scopes: ['profiles:read'] })
    await createSequencer(tenant.ctx, tenant.ctx.appId).number()
    const events = await client.get('/events')
    const asked = await client.post(`/profiles/${profile.id}/wallets`, { network: 'AMOY', withAddress: true })
    await makeWaitingWallets(tenant.ctx, custodyKey)
    const there = await client.post(`/profiles/${profile.id}/wallets`, { network: 'AMOY' })
    const wallet = `/wallets/${there.json().wallet.id}`
    const pairs: [Answer, string, string, string][] = [
      [await client.post('/profiles', {}), 'POST', '/profiles', '201'],
      [await client.get('/profiles?limit=1'), 'GET', '/profiles', '200'],
      [await client.get(`/profiles/${profile.id}`), 'GET', '/profiles/{profile}', '200'],
      [await client.patch(`/profiles/${profile.id}`, { city: 'x' }), 'PATCH', '/profiles/{profile}', '200'],
      [await client.post('/profiles', { email: 'x' }), 'POST', '/profiles', '4XX'],
      [await client.get('/profiles/nobody'), 'GET', '/profiles/{profile}', '4XX'],
      [key, 'POST', '/api-keys', '201'],
      [await client.get('/api-keys'), 'GET', '/api-keys', '200'],
      [await client.post(`/api-keys/${key.json().id}/revoke`), 'POST', '/api-keys/{id}/revoke', '200'],
      [await client.get('/apps'), 'GET', '/apps', '200'],
      [await client.get('/event-types'), 'GET', '/event-types', '200'],
      [events, 'GET', '/events', '200'],
      [await client.get(`/events/${events.json().data[0].id}`), 'GET', '/events/{id}', '200'],
      [await client.get('/events?after=99'), 'GET', '/events', '4XX'],
      [await client.get('/networks'), 'GET', '/networks', '200'],
      [asked, 'POST', '/profiles/{profile}/wallets', '202'],
      [there, 'POST', '/profiles/{profile}/wallets', '200'],
      [await client.get(`/profiles/${profile.id}/wallets`), 'GET', '/profiles/{profile}/wallets', '200'],
      [await client.get('/wallets'), 'GET', '/wallets', '200'],
      [await client.get(wallet), 'GET', '/wallets/{id}', '200'],
      [await client.post(`${wallet}/addresses`), 'POST', '/wallets/{id}/addresses', '201'],
      [await client.get(`${wallet}/addresses`), 'GET', '/wallets/{id}/addresses', '200'],
      [await client.get('/calls'), 'GET', '/calls', '200'],
      [await client.get('/calls/recent'), 'GET', '/calls/recent', '200'],
      [await client.get(`/workflows/${asked.json().workflow.id}`), 'GET', '/workflows/{id}', '200'],
    ]
    for (const [answer, method, path, status] of pairs) {
      const found = operations.find((one) => one.method === method && one.path === `/facet/v1${path}`)
      const [media] = Object.values(found?.operation.responses[status]?.content ?? {})
      const validate = ajv.compile(closed(media?.schema))
      expect(validate(answer.json()), `${method} ${path}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })
})

describe('GET /facet/v1/openapi.json: webhooks', () => {
  it('has one for every type of event, which asks the receiver for no key', () => {
    expect(Object.keys(document.webhooks)).toEqual(eventTypes)
    for (const { post } of Object.values(document.webhooks)) {
      expect(post.security).toEqual([])
      expect(post.requestBody?.required).toBe(true)
      expect(Object.keys(post.responses)).toContain('2XX')
    }
  })

  it.each(eventTypes.flatMap((type) => signatureStyles.map((style) => [type, style] as const)))(
    'tells the truth: %s as it is posted in the style %s fits its schema, whole, and its headers are those',
    (type, style) => {
      const { post } = document.webhooks[type]
      const id = '019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12'
      const event = toEventJson({
        id,
        type,
        sequence: 1,
        appId: id,
        time: new Date(),
        actor: { kind: 'api_key', id },
        requestId: null,
        subjectId: id,
        data: JSON.stringify(eventKinds[type].example),
      })
      const secret = { id, secret: 'whsec_c2VjcmV0', expiresAt: null }
      const message = signMessage(style, { id, appId: id, attempt: 1, sentAt: new Date(), event }, [secret])
      const validate = ajv.compile(closed(post.requestBody?.content['application/json']?.schema))
      expect(validate(JSON.parse(message.body)), JSON.stringify(validate.errors)).toBe(true)
      expect(validate({ ...JSON.parse(message.body), type: 'other' })).toBe(false)
      const told = (post.parameters ?? []).filter(({ schema }) => schema !== undefined)
      const own = told.filter(({ name }) => name.startsWith('x-') === (style === 'original'))
      expect(own.map(({ name }) => name)).toEqual(Object.keys(message.headers))
    },
  )
})

/** The types that an answer may have. */
function typesFor(path: string, status: string): string[] {
  if (['204', '304'].includes(status)) return []
  if (/^[45]/.test(status)) return ['application/problem+json']
  return path === '/facet/v1/events' ? ['application/json', 'text/event-stream'] : ['application/json']
}

/** The schema with every object closed that does not say otherwise, so that an undocumented member shows. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'object' && value.properties !== undefined ? { unevaluatedProperties: false, ...value } : value,
  )
}
