import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { invalid } from '../errors.ts'
import { selectNetworks } from './networks.queries.ts'
import type { AppNetwork, Network, NetworkKey } from './wallets.types.ts'

/** Migrations alone write networks, the same in every installation: one look serves the process. */
let known: readonly Network[] | undefined

/** Every network there is, in the order of their aliases' table. */
export async function allNetworks(ctx: { readonly db: Db }): Promise<readonly Network[]> {
  known ??= await selectNetworks(ctx)
  return known
}

/** The networks that an app of this mode could use, and whether its settings let it. */
export async function listNetworks(ctx: Ctx): Promise<AppNetwork[]> {
  const ofMode = (await allNetworks(ctx)).filter(({ isTest }) => isTest === (ctx.appMode === 'sandbox'))
  return ofMode.map((network) => ({ ...network, enabled: ctx.settings.wallets.networks.includes(network.alias) }))
}

/** The EVM network of clients that name none, as the app's settings have it, whether it may be used or not. */
export async function getDefaultEvmNetwork(ctx: Ctx): Promise<Network & { readonly chainId: number }> {
  const alias = ctx.settings.wallets.defaultEvmNetwork
  const network = (await allNetworks(ctx)).find((each) => each.alias === alias)
  if (network?.chainId == null) throw new Error(`The settings name ${alias}, which is no EVM network`)
  return { ...network, chainId: network.chainId }
}

/** The network with the alias, whether it may be used or not. Throws `input_invalid` for one that apps of this mode have not. */
export async function getKnownNetwork(ctx: Ctx, alias: string): Promise<Network> {
  const known = await listNetworks(ctx)
  const network = known.find((each) => each.alias === alias)
  if (network !== undefined) return network
  throw invalid({ path: ['network'], rule: 'choice', allowed: known.map((each) => each.alias) })
}

/** The network that a key names. Throws `input_invalid` for one that is unknown, or that the app may not use. */
export async function getEnabledNetwork(ctx: Ctx, { by, value }: NetworkKey): Promise<Network> {
  const enabled = (await listNetworks(ctx)).filter((network) => network.enabled)
  const wanted = by === 'id' ? value.toLowerCase() : value
  const network = enabled.find((each) => (by === 'id' ? each.id : each.alias) === wanted)
  if (network !== undefined) return network
  throw invalid({
    path: [by === 'id' ? 'networkId' : 'network'],
    rule: 'choice',
    allowed: enabled.map((each) => (by === 'id' ? each.id : each.alias)),
  })
}
