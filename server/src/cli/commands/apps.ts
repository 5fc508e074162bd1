import {
  createApp,
  createOrganization,
  findFirstOrganization,
  listApps,
} from '../../core/organizations/organizations.service.ts'
import { inTx } from '../../core/transactions.ts'
import { type Flags, inInstallation, print, table, UsageError } from '../terminal.ts'

/** `facet apps create NAME --mode MODE`, `facet apps list`. */
export async function appsCommand([action, ...words]: string[], flags: Flags): Promise<void> {
  if (action === 'create') return create(words, flags)
  if (action === 'list') return list(flags)
  throw new UsageError('Say facet apps create or facet apps list')
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
