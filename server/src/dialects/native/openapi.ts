import { describeWebhooks } from './openapi-webhooks.ts'

interface BodySchema {
  type?: string | string[]
  properties?: object
}

interface Parameter {
  required?: boolean
  schema?: { default?: unknown; type?: string }
}

/** The parts of an OpenAPI 3.1 document that are looked at here. */
interface Operation {
  operationId?: string
  summary?: string
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema?: BodySchema }> }
  responses?: Record<string, { headers?: Record<string, object> }>
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
  webhooks?: object
}

const text = { type: 'string' }
const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: text,
})

const requestHeaders = {
  facetApp: header('Facet-App', 'The id of the app, where the session of an operator is sent and no API key'),
  idempotencyKey: header('Idempotency-Key', 'A repeat under the same key within 24 hours gets the first answer'),
  ifMatch: header('If-Match', 'The ETag that the change is made for; stale: 412'),
  lastEventId: header('Last-Event-ID', 'Of an event stream: where it was left; wins over `after` (HTML, 9.2.4)'),
  ifNoneMatch: header('If-None-Match', 'The ETag that the client has; unchanged: 304'),
}

const answerHeaders = {
  'RateLimit-Policy': { description: 'The limit (draft-ietf-httpapi-ratelimit-headers)', schema: text },
  RateLimit: { description: 'What is left of it', schema: text },
  'X-Request-Id': { description: 'The id that the log finds the request by', schema: text },
}
const etag = { ETag: { description: 'The version of the profile', schema: text } }
const workflowId = { 'X-Workflow-Id': { description: 'The workflow that makes the wallet', schema: text } }

/**
 * Says of each operation what its schemas cannot: a name for generated clients, the headers that it takes, and those
 * that it answers; and beside the operations what webhooks are posted. Changes the document in place and gives it back.
 */
export function completeDocument<T extends object>(document: T): T {
  for (const [path, methods] of Object.entries((document as Document).paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      operation.operationId = camelCase(operation.summary ?? `${method} ${path}`)
      operation.parameters = [...(operation.parameters ?? []), ...headersTaken(method, path)]
      freeBody(operation)
      freeDefaults(operation)
      for (const [status, answer] of Object.entries(operation.responses ?? {})) {
        answer.headers = { ...answerHeaders, ...ownHeaders(method, path, status) }
      }
    }
  }
  Object.assign(document, { webhooks: describeWebhooks() } satisfies Document)
  return document
}

/** An operator is asked for, and makes apps, outside of any app. */
const needsNoApp = /^\/facet\/v1\/operator(\/|$)/

function headersTaken(method: string, path: string): Parameter[] {
  return needsNoApp.test(path) ? [] : [requestHeaders.facetApp, ...ownHeadersTaken(method, path)]
}

function ownHeadersTaken(method: string, path: string): Parameter[] {
  const oneProfile = path.endsWith('/{profile}')
  if (method === 'get' && path === '/facet/v1/events') return [requestHeaders.lastEventId]
  if (method === 'get') return oneProfile ? [requestHeaders.ifNoneMatch] : []
  const { idempotencyKey, ifMatch } = requestHeaders
  return oneProfile ? [idempotencyKey, ifMatch] : [idempotencyKey]
}

/** Those that not every answer has. */
function ownHeaders(method: string, path: string, status: string): object {
  if (status === '202' && path.endsWith('/wallets')) return workflowId
  return /^(200|201|304)$/.test(status) && answersProfile(method, path) ? etag : {}
}

/** Whether the operation answers one profile, as a list does not, nor what belongs to a profile. */
function answersProfile(method: string, path: string): boolean {
  if (path.endsWith('/profiles')) return method === 'post'
  return /\/profiles\/\{profile\}(\/(merge|unsubscribe|picture))?$/.test(path)
}

/**
 * Calls a body optional where null may stand in its place: the framework calls every body required. One in which nothing
 * can be said is left out.
 */
function freeBody(operation: Operation): void {
  const { requestBody } = operation
  if (requestBody === undefined) return
  const schemas = Object.values(requestBody.content).map(({ schema }) => schema)
  requestBody.required = schemas.every((schema) => !typesOf(schema).includes('null'))
  if (schemas.every((schema) => Object.keys(schema?.properties ?? {}).length === 0)) delete operation.requestBody
}

/** Calls a parameter optional that has a default: to the framework what is filled in is required. */
function freeDefaults({ parameters = [] }: Operation): void {
  for (const parameter of parameters) if (parameter.schema?.default !== undefined) parameter.required = false
}

function typesOf(schema: BodySchema | undefined): string[] {
  return [schema?.type ?? []].flat()
}

/** `Create a profile` becomes `createProfile`. */
function camelCase(summary: string): string {
  const words = summary.split(/\W+/).filter((word) => word !== '' && !/^(an?|or|the)$/i.test(word))
  return words
    .map((word, index) => (index === 0 ? word.toLowerCase() : word[0]?.toUpperCase() + word.slice(1).toLowerCase()))
    .join('')
}
