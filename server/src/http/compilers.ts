import { Ajv, type ValidateFunction } from 'ajv'
import fastJsonStringify from 'fast-json-stringify'
import type { FastifySchema, FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'

// Routes' schemas are compiled when the first request needs them, and one that several routes share is compiled once (docs/adr/0035).

const options = {
  allErrors: true,
  useDefaults: true,
  strict: false,
  removeAdditional: false,
  validateFormats: false,
} as const
// Query strings and paths are texts, so their numbers are read from texts; in a body "1" is not 1.
const bodies = new Ajv({ ...options, coerceTypes: false })
const texts = new Ajv({ ...options, coerceTypes: true })

/** The function that validates a part of a request; Ajv keeps it with the schema. Throws for what is no schema. */
export function validatorOf(schema: object, httpPart: string | undefined): ValidateFunction {
  return (httpPart === 'body' ? bodies : texts).compile(schema)
}

type Serializer = (data: unknown) => string

const serializers = new WeakMap<object, Serializer>()

/** The function that writes an answer. Throws for what is no schema. */
export function serializerOf(schema: object): Serializer {
  const serializer = serializers.get(schema) ?? fastJsonStringify(schema)
  serializers.set(schema, serializer)
  return serializer
}

/** As Fastify asks for it, for a scope whose bodies are strict JSON. */
export const validatorCompiler: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart }) => {
  let validator: ValidateFunction | undefined
  const validate: ReturnType<typeof validatorCompiler> = (data) => {
    validator ??= validatorOf(schema as object, httpPart)
    const isValid = validator(data)
    validate.errors = validator.errors ?? null
    return isValid
  }
  return validate
}

/** As Fastify asks for it. */
export const serializerCompiler: FastifySerializerCompiler<FastifySchema> = ({ schema }) => {
  let serializer: Serializer | undefined
  return (data) => {
    serializer ??= serializerOf(schema as object)
    return serializer(data)
  }
}
