import type { LightMyRequestResponse } from 'fastify'
import type { TestApi, TestTenant } from '../helpers/api.ts'
import { bearer, callerOf, type Ids, keyed, signed } from './faces.ts'

/** What a dialect that knows wallets does for a scenario, on the network AMOY. */
export interface WalletFace {
  readonly name: string
  /** Asks for the profile's wallet, and for a first address with it if that can be said. */
  request(tenant: TestTenant, ids: Ids): Promise<LightMyRequestResponse>
  /** Asks for an address of the wallet, where a wallet is made without one. */
  readonly requestAddress?: (tenant: TestTenant, ids: Ids) => Promise<LightMyRequestResponse>
  /** The addresses of the profile that it shows; undefined when it shows no such profile. */
  see(tenant: TestTenant, ids: Ids): Promise<string[] | undefined>
}

/** Every dialect that shows wallets. */
export function walletFacesOf(api: TestApi): readonly WalletFace[] {
  const call = callerOf(api)
  return [
    {
      name: 'native',
      request: (tenant, { id }) =>
        call('POST', `/facet/v1/profiles/${id}/wallets`, bearer(tenant), { network: 'AMOY', withAddress: true }),
      async see(tenant, { id }) {
        const answer = await call('GET', `/facet/v1/profiles/${id}/wallets`, bearer(tenant))
        if (answer.statusCode !== 200) return undefined
        const shown: string[] = []
        for (const wallet of answer.json().data) {
          const { data } = (await call('GET', `/facet/v1/wallets/${wallet.id}/addresses`, bearer(tenant))).json()
          shown.push(...data.map(({ address }: { address: string }) => address))
        }
        return shown
      },
    },
    {
      name: 'oumla',
      request: (tenant, { id, reference }) =>
        call('POST', '/api/v1/wallets/generate', keyed(tenant), { reference: reference ?? id, network: 'AMOY' }),
      requestAddress: (tenant, { id, reference }) =>
        call('POST', '/api/v1/addresses/generate', keyed(tenant), {
          ...{ reference: reference ?? id, network: 'AMOY', clientShare: 'x' },
        }),
      async see(tenant, ids) {
        const { profiles } = (await call('GET', '/api/v1/profiles?take=100', keyed(tenant))).json()
        const shown = profiles.find(({ reference }: { reference: string }) => reference === (ids.reference ?? ids.id))
        return shown?.miniWallets.flatMap(({ address }: { address: string[] }) => address)
      },
    },
    {
      name: 'original',
      request: (tenant, { uid }) =>
        call('GET', `/v1/deposit?user_uid=${uid}&collection_uid=137499874203`, signed(tenant)),
      async see(tenant, { uid }) {
        const answer = await call('GET', `/v1/user/${uid}`, signed(tenant))
        if (answer.statusCode !== 200) return undefined
        return answer.json().data.wallets.map(({ address }: { address: string }) => address)
      },
    },
  ]
}
