import {
  createApp,
  createOrganization,
  findDefaultAppId,
  findFirstOrganization,
  listApps,
  makeDefaultApp,
  updateApp,
} from '../../core/organizations/organizations.service.ts'
import type { App, AppLimits, AppSelfService, AppWallets } from '../../core/organizations/organizations.types.ts'
import { inTx } from '../../core/transactions.ts'
import { type Flags, inInstallation, print, table, UsageError } from '../terminal.ts'

/** `facet apps create NAME --mode MODE`, `facet apps list`, `facet apps update ID …`. */
export async function appsCommand([action, ...words]: string[], flags: Flags): Promise<void> {
  if (action === 'create') return create(words, flags)
  if (action === 'list') return list(flags)
  if (action === 'update') return update(words, flags)
  throw new UsageError('Say facet apps create, facet apps list or facet apps update')
}

async function create([name]: string[], flags: Flags): Promise<void> {
  const { mode } = flags
  if (name === undefined) throw new UsageError('Give the app a name: facet apps create NAME --mode MODE')
  if (mode !== 'sandbox' && mode !== 'live') throw new UsageError('Give --mode sandbox or --mode live')
  const app = await inInstallation((ctx) =>
    inTx(ctx, async (tx) => {
      const organization = (await findFirstOrganization(tx)) ?? (await createOrganization(tx, { name: 'Organization' }))
      return createApp(tx, { organizationId: organization.id, name, mode })
    }),
  )
  print(flags, app, [`Made the ${app.mode} app ${app.id}`, `Its first key: facet keys create NAME --app ${app.id}`])
}

async function list(flags: Flags): Promise<void> {
  const apps = await inInstallation(async (ctx) => {
    const defaultAppId = await findDefaultAppId(ctx)
    return (await listApps(ctx)).map((app) => ({ ...app, default: app.id === defaultAppId }))
  })
  const rows = apps.map((app) => [app.id, app.mode, app.organizationId, app.default ? 'yes' : '', app.name])
  print(flags, apps, table([['ID', 'MODE', 'ORGANIZATION', 'DEFAULT', 'NAME'], ...rows]))
}

const limitFlags = {
  'per-second': 'perSecond',
  'per-minute': 'perMinute',
  parallel: 'parallel',
} as const satisfies Partial<Record<keyof Flags, keyof AppLimits>>

const dailyFlags = { 'changes-per-day': 'changesPerDay' } as const satisfies Partial<
  Record<keyof Flags, keyof AppSelfService>
>

const choiceFlags = {
  'self-service': 'enabled',
  registration: 'registration',
  strict: 'strict',
} as const satisfies Partial<Record<keyof Flags, keyof AppSelfService>>

const networksFlags = {
  networks: 'networks',
  'wallets-with-profile': 'withProfile',
} as const satisfies Partial<Record<keyof Flags, keyof AppWallets>>

const networkFlags = { 'default-evm-network': 'defaultEvmNetwork' } as const satisfies Partial<
  Record<keyof Flags, keyof AppWallets>
>

async function update([id]: string[], flags: Flags): Promise<void> {
  if (id === undefined) throw new UsageError('Name the app: facet apps update ID; its id is in facet apps list')
  if (Object.keys(flags).every((flag) => flag === 'json')) {
    throw new UsageError(
      'Say what to change: a name, a limit, what people may do by themselves, networks, hosts, or --default',
    )
  }
  const settings = {
    limits: valuesOf(flags, limitFlags, toLimit),
    selfService: { ...valuesOf(flags, choiceFlags, toChoice), ...valuesOf(flags, dailyFlags, toLimit) },
    wallets: { ...valuesOf(flags, networksFlags, toNetworks), ...valuesOf(flags, networkFlags, toNetwork) },
  }
  const hosts = { addHosts: flags['add-host'], removeHosts: flags['remove-host'] }
  const { app, isDefault } = await inInstallation((ctx) =>
    inTx(ctx, async (tx) => {
      const changed = await updateApp(tx, id, { name: flags.name, settings, ...hosts })
      if (flags.default) await makeDefaultApp(tx, changed.id)
      return { app: changed, isDefault: (await findDefaultAppId(tx)) === changed.id }
    }),
  )
  print(flags, app, [...describe(app), ...(isDefault ? ['Loopback and FACET_PUBLIC_URL lead to it'] : [])])
}

function describe({ id, name, mode, settings: { limits, selfService, wallets }, hosts }: App): string[] {
  const { perSecond, perMinute, parallel } = limits
  const say = (on: boolean) => (on ? 'on' : 'off')
  const { enabled, registration, strict, changesPerDay } = selfService
  const list = (names: readonly string[]) => names.join(', ') || 'none'
  return [
    `The ${mode} app ${id} is ${name}`,
    `It may make ${perSecond} requests a second and ${perMinute} a minute, ${parallel} at the same time`,
    `Self-service is ${say(enabled)}, registration ${say(registration)}, strict ${say(strict)}`,
    `A person may change their own profile ${changesPerDay} times a day`,
    `Its networks: ${list(wallets.networks)}; with every new profile: ${list(wallets.withProfile)}`,
    `The network of clients that can name none: ${wallets.defaultEvmNetwork}`,
    `Its hosts: ${list(hosts)}`,
  ]
}

/** What the flags set, by the settings' own names. */
function valuesOf<Flag extends keyof Flags, Name extends string, Value>(
  flags: Flags,
  names: Readonly<Record<Flag, Name>>,
  read: (text: string, flag: string) => Value,
): { [N in Name]?: Value } {
  const given = (Object.entries(names) as [Flag, Name][]).filter(([flag]) => flags[flag] !== undefined)
  const values = given.map(([flag, name]) => [name, read(String(flags[flag]), flag)])
  return Object.fromEntries(values)
}

/** What a limit is set to; null for its default. */
function toLimit(text: string, flag: string): number | null {
  if (text === 'default') return null
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`--${flag} takes a whole number, or default`)
}

/** What a choice is set to; null for its default. */
function toChoice(text: string, flag: string): boolean | null {
  if (text === 'default') return null
  if (text === 'on' || text === 'off') return text === 'on'
  throw new UsageError(`--${flag} takes on, off or default`)
}

/** What a list of networks is set to; null for its default. */
function toNetworks(text: string): readonly string[] | null {
  if (text === 'default') return null
  return text === 'none' ? [] : text.split(',').map((alias) => alias.trim())
}

/** What a network is set to; null for its default. */
function toNetwork(text: string): string | null {
  return text === 'default' ? null : text
}
