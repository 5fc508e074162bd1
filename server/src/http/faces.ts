import type { FastifyRequest } from 'fastify'
import { DomainFault, type FaultData, kindOf } from '../core/errors.ts'
import type { ProfileIds } from '../core/profiles/profiles.types.ts'
import type { Dialect, Services } from './dialect.ts'
import { Refusal } from './refusal.ts'

/** What a dialect answers: `body` is the JSON text as it is served. */
export interface FaceAnswer {
  readonly status: number
  readonly body: string
}

/** One profile as a dialect serves it: what its clients send, and what they are answered. */
export interface Face extends FaceAnswer {
  readonly request: {
    readonly method: 'GET'
    /** As the vendor prints it, filled in. */
    readonly path: string
    /** By name. `{secret}`, `{key}`, `{jwt}` or `{token}` stands where a client has a credential. */
    readonly headers: Readonly<Record<string, string>>
  }
}

/** What a face is made of. */
export interface FaceOrder {
  readonly services: Services
  /** Who wants to see the face: dialects read with its `ctx`, and answer as if they were asked at the same address. */
  readonly request: FastifyRequest
  readonly profile: ProfileIds
  /** Writes an answer by its response schema, as the framework does when a route sends it. */
  readonly serialize: (answer: object, schema: object) => string
}

/** Shows a profile as every dialect answers it, in the order of the dialects. */
export type Faces = (order: FaceOrder) => Promise<(Face & { readonly dialect: string })[]>

/** Lets each dialect make its face. */
export function facesOf(dialects: readonly Pick<Dialect, 'name' | 'face'>[]): Faces {
  return (order) => Promise.all(dialects.map(async ({ name, face }) => ({ dialect: name, ...(await face(order)) })))
}

/**
 * The answer of a route that may refuse: what `show` writes, else the refusal, for a fault in the shape of `refuse`. An outage, or
 * what nobody foresaw, is no dialect's answer but that of whoever asked for the face, and is thrown on.
 */
export async function answerOf(
  show: () => Promise<string>,
  refuse: (fault: FaultData) => { readonly status: number; readonly body: object },
): Promise<FaceAnswer> {
  try {
    return { status: 200, body: await show() }
  } catch (error) {
    const { status, body } = error instanceof Refusal ? error : refuse(refusalOf(error))
    return { status, body: JSON.stringify(body) }
  }
}

function refusalOf(error: unknown): FaultData {
  if (!(error instanceof DomainFault) || ['internal', 'unavailable'].includes(kindOf(error.fault.code))) throw error
  return error.fault
}
