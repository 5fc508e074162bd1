import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../config.ts'
import { connectionsOfEach } from './connections.ts'
import { workers } from './values.ts'

function mistakesOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

describe('FACET_WORKERS', () => {
  it('is one process, a number of them, or as many as there are cores', () => {
    expect(readConfig({}).workers).toBe(1)
    expect(readConfig({ FACET_WORKERS: '12' }).workers).toBe(12)
    expect(readConfig({ FACET_WORKERS: 'auto', DATABASE_URL: 'postgres://h/d' }).workers).toBe(
      Math.min(availableParallelism(), 25),
    )
    for (const text of ['0', '-1', '1.5', 'all', '100']) {
      expect(mistakesOf({ FACET_WORKERS: text })).toEqual([
        `FACET_WORKERS must be auto or a whole number from 1 to 99, not "${text}"`,
      ])
    }
  })

  it('as many as there are cores is never more than the embedded PostgreSQL has room for', () => {
    expect(workers('auto', 64)).toBe(25)
    expect(mistakesOf({ FACET_WORKERS: '25' })).toEqual([])
  })

  it.each([
    ['1', undefined, 16],
    ['3', undefined, 5],
    ['8', undefined, 4],
    // As many as the embedded PostgreSQL has room for.
    ['20', undefined, 2],
    ['3', '60', 20],
  ])('%s share %s connections out: %s each', (FACET_WORKERS, FACET_DATABASE_CONNECTIONS, each) => {
    const env = { FACET_WORKERS, ...(FACET_DATABASE_CONNECTIONS && { FACET_DATABASE_CONNECTIONS }) }
    expect(connectionsOfEach(readConfig(env))).toBe(each)
  })

  it('and connections that cannot fit are refused', () => {
    const external = { DATABASE_URL: 'postgres://h/d' }
    const few = { FACET_WORKERS: '9', FACET_DATABASE_CONNECTIONS: '17' }
    expect(mistakesOf({ ...external, ...few })).toEqual([
      'FACET_DATABASE_CONNECTIONS must be at least 18 for 9 of FACET_WORKERS, not 17',
    ])
    expect(mistakesOf({ ...external, FACET_WORKERS: '99' })).toEqual([])
    const embedded = /^FACET_DATABASE_CONNECTIONS and FACET_WORKERS must together be at most 75 with the embedded Post/
    expect(mistakesOf({ FACET_WORKERS: '26' })).toEqual([expect.stringMatching(embedded)])
    expect(mistakesOf({ FACET_DATABASE_CONNECTIONS: '75' })).toEqual([expect.stringMatching(embedded)])
    expect(mistakesOf({ FACET_DATABASE_CONNECTIONS: '74' })).toEqual([])
  })
})
