import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { describe, expect, it } from 'vitest'
import { quietPorts, steadyNotices, testConfig } from '../../test/helpers/api.ts'
import { quietLog, useDatabase } from '../../test/helpers/database.ts'
import { buildApp } from '../app.ts'
import { serializerOf, validatorCompiler, validatorOf } from './compilers.ts'

const database = useDatabase()

/** The routes of the whole server, as they are given to Fastify. */
async function allRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = []
  const onServer = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', (route) => void routes.push(route))
  }
  subscribe('fastify.initialization', onServer)
  const { db, keys } = database
  const app = await buildApp({ config: testConfig, db, keys, notices: steadyNotices, ...quietPorts, log: quietLog })
  unsubscribe('fastify.initialization', onServer)
  await app.close(1_000)
  return routes
}

/** The schema of an answer, or those of its media types. */
function schemasOf(answer: object): object[] {
  return 'content' in answer ? Object.values(answer.content as object).map(({ schema }) => schema) : [answer]
}

/** What a route's schemas are compiled to, each by a name for the eye. */
function compilationsOf({ method, url, schema = {} }: RouteOptions): [name: string, compile: () => unknown][] {
  const parts = (['body', 'querystring', 'params', 'headers'] as const).flatMap((part) => {
    const given = schema[part] as object | undefined
    return given === undefined ? [] : [[`${method} ${url}: ${part}`, () => validatorOf(given, part)] as const]
  })
  const answers = Object.entries((schema.response ?? {}) as Record<string, object>).flatMap(([status, answer]) =>
    schemasOf(answer).map((one) => [`${method} ${url}: ${status}`, () => serializerOf(one)] as const),
  )
  return [...parts, ...answers].map(([name, compile]) => [name, compile])
}

describe('the schemas of routes', () => {
  it('can all be compiled, though a start compiles none', async () => {
    const compilations = (await allRoutes()).flatMap(compilationsOf)
    expect(compilations.length).toBeGreaterThan(300)
    for (const [name, compile] of compilations) expect(compile, name).not.toThrow()
  })

  it('are compiled when they are needed: a broken one is no mistake before', () => {
    const schema = { type: 'no such type' } as object
    const validate = validatorCompiler({ schema, method: 'POST', url: '/', httpPart: 'body' })
    expect(() => validate({})).toThrow('schema is invalid')
  })
})
