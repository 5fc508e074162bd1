import type { DialectAsk } from './contestants/dialects.ts'
import type { Facet } from './contestants/facet.ts'
import { seededReference } from './references.ts'

/** The profiles whose wallets are asked for addresses, the first of those that are there. */
export const owners = 200
const ownersAtOnce = 10

/** Gives the owners a wallet each, and the request for another address of one of them. */
export async function prepareAddresses(facet: Facet, networkId: string): Promise<DialectAsk> {
  for (let from = 0; from < owners; from += ownersAtOnce) {
    const references = Array.from({ length: ownersAtOnce }, (_, i) => seededReference(from + i))
    await Promise.all(
      references.map((reference) =>
        askOumla(facet, 'POST', '/v2/addresses/generate', JSON.parse(addressBody(reference, networkId))),
      ),
    )
  }
  return {
    ...{ method: 'POST', path: '/api/v1/addresses/generate', expectedStatus: 201 },
    headers: { 'x-api-key': facet.secret, 'x-sdk-version': '2.0.0', 'content-type': 'application/json' },
    body: addressBody('{seeded}', networkId),
  }
}

/** The id of the network that wallets are measured on. */
export async function walletNetwork(facet: Facet): Promise<string> {
  const path = '/v1/network/enabled'
  const { networks } = await askOumla<{ networks: { alias: string; networkId: string }[] }>(facet, 'GET', path)
  const amoy = networks.find(({ alias }) => alias === 'AMOY')
  if (amoy === undefined) throw new Error('The sandbox has no network AMOY')
  return amoy.networkId
}

function addressBody(reference: string, networkId: string): string {
  return `{"reference":"${reference}","networkId":"${networkId}","clientShare":"x"}`
}

async function askOumla<Answer>(facet: Facet, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`http://${facet.host}:${facet.port}/api${path}`, {
    method,
    headers: {
      'x-api-key': facet.secret,
      'x-sdk-version': '2.0.0',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}
