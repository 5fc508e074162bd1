import type { HttpLeg } from './load.ts'
import type { Options } from './options.ts'
import type { Stage } from './stage.ts'
import type { Plans } from './statements.ts'
import type { Entry, LegTime, Operation } from './types.ts'

type Ask = Pick<HttpLeg, 'method' | 'path' | 'expectedStatus'> & Partial<Pick<HttpLeg, 'headers' | 'body'>>

const create = { method: 'POST', body: '{"reference":"{new}","type":"User"}', expectedStatus: 201 } as const
const read = { method: 'GET', expectedStatus: 200 } as const
const json = { 'content-type': 'application/json' }

/** Who takes part, and what each does for an operation. Contestants of one operation stand together. */
export function entriesOf(stage: Stage, options: Options): Entry[] {
  const { facet, bare } = stage
  const http = (server: { pid: number; host: string; port: number }, kind: Entry['kind'], contestant: string) => {
    return (operation: Operation, { headers = {}, ...ask }: Ask): Entry => ({
      ...{ operation, contestant, kind, serverPids: [server.pid] },
      run: (time: LegTime) =>
        stage.load.measure({
          ...{ host: server.host, port: server.port, ...ask, headers, ...time },
          ...{ connections: options.connections, seededRows: options.rows },
        }),
    })
  }
  const oumla = http(facet, 'facet', 'Facet as Oumla')
  const native = http(facet, 'facet', 'Facet, native')
  const plain = http(bare, 'bare', 'bare node:http + pg')
  const statement = (operation: Operation, plan: keyof Plans): Entry[] => {
    const { pgbench, core } = stage
    if (pgbench === undefined) return []
    const run = (time: LegTime) => pgbench.run(core.plans[plan], time)
    return [{ operation, contestant: 'pgbench', kind: 'pgbench', serverPids: [], run }]
  }
  const key = { 'x-api-key': facet.secret }
  const bearer = { authorization: `Bearer ${facet.secret}` }

  const all = [
    oumla('create', { ...create, path: '/api/v1/profiles', headers: { ...key, ...json } }),
    native('create', { ...create, path: '/facet/v1/profiles', headers: { ...bearer, ...json } }),
    plain('create', { ...create, path: '/create', headers: json }),
    ...statement('create', 'create'),

    // Oumla has no get in any generation (contracts/oumla.md).
    native('get by reference', { ...read, path: '/facet/v1/profiles/reference:{seeded}', headers: bearer }),
    plain('get by reference', { ...read, path: '/get/{seeded}' }),
    ...statement('get by reference', 'get'),

    oumla('list, Oumla page of 10', { ...read, path: '/api/v1/profiles?take=10', headers: key }),
    plain('list, Oumla page of 10', { ...read, path: '/list/oumla' }),
    ...statement('list, Oumla page of 10', 'oumlaList'),

    native('list, native page of 10', { ...read, path: '/facet/v1/profiles?limit=10', headers: bearer }),
    plain('list, native page of 10', { ...read, path: '/list/native' }),
    ...statement('list, native page of 10', 'nativeList'),
  ]
  const chosen = all.filter(
    ({ operation, contestant }) => options.only.includes(operation) && contestant.includes(options.who),
  )
  if (chosen.length === 0 && options.only.length > 0)
    throw new Error(`--who ${options.who}: no such contestant takes part`)
  return chosen
}
