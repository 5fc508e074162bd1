import {
  createApp,
  createOrganization,
  findFirstOrganization,
  listApps,
  updateApp,
} from '../../core/organizations/organizations.service.ts'
import type { AppLimits } from '../../core/organizations/organizations.types.ts'
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
  const apps = await inInstallation(listApps)
  const rows = apps.map((app) => [app.id, app.mode, app.organizationId, app.name])
  print(flags, apps, table([['ID', 'MODE', 'ORGANIZATION', 'NAME'], ...rows]))
}

const limitFlags = {
  'per-second': 'perSecond',
  'per-minute': 'perMinute',
  parallel: 'parallel',
} as const satisfies Partial<Record<keyof Flags, keyof AppLimits>>

async function update([id]: string[], flags: Flags): Promise<void> {
  if (id === undefined) throw new UsageError('Name the app: facet apps update ID; its id is in facet apps list')
  const limits: { -readonly [Name in keyof AppLimits]?: number | null } = {}
  for (const [flag, name] of Object.entries(limitFlags) as [keyof typeof limitFlags, keyof AppLimits][]) {
    const text = flags[flag]
    if (text !== undefined) limits[name] = toLimit(flag, text)
  }
  if (flags.name === undefined && Object.keys(limits).length === 0) {
    throw new UsageError('Say what to change: --name, --per-second, --per-minute or --parallel')
  }
  const app = await inInstallation((ctx) => updateApp(ctx, id, { name: flags.name, settings: { limits } }))
  const { perSecond, perMinute, parallel } = app.settings.limits
  print(flags, app, [
    `The ${app.mode} app ${app.id} is ${app.name}`,
    `It may make ${perSecond} requests a second and ${perMinute} a minute, ${parallel} at the same time`,
  ])
}

/** What a limit is set to; null for its default. */
function toLimit(flag: string, text: string): number | null {
  if (text === 'default') return null
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`--${flag} takes a whole number, or default`)
}
