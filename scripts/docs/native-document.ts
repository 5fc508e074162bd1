import Fastify, { type FastifyInstance } from 'fastify'
import { native } from '../../server/src/dialects/native/plugin.ts'
import type { Services } from '../../server/src/http/dialect.ts'

/** A schema in JSON Schema 2020-12, as far as the document uses it. */
export interface Schema {
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
  readonly description?: string
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

/** The parts of an OpenAPI 3.1 document that are read here: operations by path, then by method in lower case. */
export interface NativeDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** Of the services the document tells one thing alone, how the cookie of a session is named; no request is answered. */
const services = { operators: { secureCookies: false } } as Services

/** The OpenAPI document of the native dialect, made from its routes. */
export async function nativeDocument(): Promise<NativeDocument> {
  const app = Fastify()
  app.decorateRequest('ctx')
  let scope: FastifyInstance = app
  await app.register(
    async (inner) => {
      scope = inner
      await native.plugin(inner, { services })
    },
    { prefix: native.prefix },
  )
  await app.ready()
  const document = scope.swagger()
  await app.close()
  return JSON.parse(JSON.stringify(document))
}
