import type { LightMyRequestResponse } from 'fastify'
import type { TestApi, TestTenant } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import type { TestDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { at, create, type Face, post } from './faces.ts'

/** The networks of a sandbox app, by their aliases (server/migrations/0006_networks.sql). */
export const networkIds = {
  tBTC: '3be29067-42c1-4d36-8e61-82c4b59b8458',
  tETH: 'ec1b0dbd-a54c-4266-88da-d228a66a7fb2',
  AMOY: '1167440b-6bd2-41a7-880d-d7c7ae7e1897',
  SANDBOX: '3d7b0c9d-2f29-4e32-b4ea-2b6b7ab6f60e',
} as const

export type TestNetwork = keyof typeof networkIds

/** The paths that generate an address; the last one makes the wallet too. */
export const addressPaths = ['/api/v1/addresses/generate', '/api/v1/address/generate'] as const
export const addressPathV2 = '/api/v2/addresses/generate'

/**
 * Gives what makes the wallets that a tenant's clients wait for, as the worker would, when a test says so. Call at the top of a file. The
 * first time for a tenant takes some 300 ms: its stock is derived.
 */
export function useMaker(database: TestDatabase): (tenant: TestTenant) => Promise<void> {
  const custodyKey = useCustodyKey(database)
  return ({ ctx }) => makeWaitingWallets(ctx, custodyKey)
}

/** How a client of the face's generation names a network, and is told of it. */
export function named({ present }: Face, network: TestNetwork): Record<string, string> {
  return present ? { networkId: networkIds[network] } : { network }
}

let profiles = 0

/** A new profile; gives its reference. A tenant's stock is derived once, so tests share a tenant and not a profile. */
export async function newProfile(api: TestApi, face: Face, tenant: TestTenant, type = 'User'): Promise<string> {
  const reference = `profile-${++profiles}`
  const made = await create(api, face, tenant, reference, type)
  if (made.statusCode !== 201) throw new Error(made.body)
  return reference
}

/** Generates a wallet; the caller looks at the answer. */
export function generateWallet(
  api: TestApi,
  face: Face,
  { apiKey }: TestTenant,
  reference: string,
  network: TestNetwork = 'tBTC',
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const body = JSON.stringify({ reference, ...named(face, network) })
  return post(api, at(face, '/api/v1/wallets/generate'), apiKey.secret, body, headers)
}

/** Generates an address at one of the paths; the caller looks at the answer. */
export function generateAddress(
  api: TestApi,
  face: Face,
  { apiKey }: TestTenant,
  path: string,
  { reference, network = 'tBTC' }: { readonly reference: string; readonly network?: TestNetwork },
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const body = JSON.stringify({ reference, ...named(face, network), clientShare: 'a share' })
  return post(api, at(face, path), apiKey.secret, body, headers)
}

/** The paging of a list, in the face's generation. */
export function paged(
  { present }: Face,
  totalElements: number,
  { skip = 0, take = 10 }: { readonly skip?: number; readonly take?: number } = {},
): object {
  const totalPages = Math.ceil(totalElements / take)
  return present ? { pagination: { totalElements, totalPages, skip, take } } : { skip, take, totalElements, totalPages }
}
