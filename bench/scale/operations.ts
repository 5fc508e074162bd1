import { createsOf, type DialectAsk, getsOf, listsOf } from '../contestants/dialects.ts'
import type { Facet } from '../contestants/facet.ts'
import type { Draws } from './known.ts'

/** Something that is asked of every size. */
export interface ScaleOperation {
  readonly name: string
  /** What is wanted of it: that it stays as quick, that it stays nearly so, or only that it be told. */
  readonly kind: 'read' | 'create' | 'deep skip'
  /** Whether it is asked by the clock too, for how long one of a hundred takes at a usual rate. */
  readonly byTheClock: boolean
  readonly connections: number
  ask(facet: Facet, draws: Draws, rows: number): DialectAsk
}

const usual = 32
/** Skipping may take a second, and nobody asks for a deep page 32 times at once. */
const few = 4

const byKey = (key: string) => (facet: Facet, draws: Draws) => {
  const ask = getsOf(facet).nativeById
  return { ...ask, path: `/facet/v1/profiles/${key}:{${key}}`, draws }
}
const page = (query: string) => (facet: Facet, draws: Draws) => {
  const ask = listsOf(facet).native
  return { ...ask, path: ask.path + query, draws }
}
const oumlaPage = (query: string) => (facet: Facet) => ({ ...listsOf(facet).oumla, path: `/api/v1/profiles?${query}` })
const skip = (share: number) => (facet: Facet, _: Draws, rows: number) =>
  oumlaPage(`take=10&skip=${Math.floor(share * rows)}`)(facet)

function reads(): ScaleOperation[] {
  const read = (name: string, ask: ScaleOperation['ask'], byTheClock = false): ScaleOperation => {
    return { name, kind: 'read', byTheClock, connections: usual, ask }
  }
  const get = (of: Exclude<keyof ReturnType<typeof getsOf>, 'nativeByReference'>): ScaleOperation['ask'] => {
    return (facet, draws) => ({ ...getsOf(facet)[of], draws })
  }
  const keys = ['uid', 'reference', 'username', 'email', 'phone']
  return [
    read('get, native, by id', get('nativeById')),
    ...keys.map((key) => read(`get, native, by ${key}`, byKey(key))),
    read('get as Ocamba, by long id', get('ocamba')),
    read('get as Ona, by number', get('ona')),
    read('get as Original, by uid', get('original')),
    read('get as Epixel, the own one', get('epixel')),
    read('first page, native', page(''), true),
    read('page by cursor, in the middle', page('&cursor={middle}'), true),
    read('page by cursor, near the end', page('&cursor={end}'), true),
    read('first page as Oumla', oumlaPage('take=10'), true),
    read('first page as Ocamba', (facet) => listsOf(facet).ocamba, true),
    read('exact total alone, as Oumla', oumlaPage('take=0'), true),
  ]
}

/** In the order in which a round goes through them. What creates is last, since it grows what the others read. */
export const scaleOperations: readonly ScaleOperation[] = [
  ...reads(),
  ...[0.1, 0.5, 0.99].map(
    (share): ScaleOperation => ({
      ...{ name: `page as Oumla behind ${share * 100} %`, kind: 'deep skip', byTheClock: false, connections: few },
      ask: skip(share),
    }),
  ),
  {
    ...{ name: 'create as Oumla', kind: 'create', byTheClock: false, connections: usual },
    ask: (facet) => createsOf(facet).oumla,
  },
]
