import { createInterface } from 'node:readline'
import { readCustodyConfig } from '../../config.ts'
import type { SystemCtx } from '../../core/context.ts'
import { exportMnemonic, listAppsWithSeed, renewDataKey, rewrapDataKeys } from '../../core/custody/custody.service.ts'
import type { CustodyCtx, Rewrapping } from '../../core/custody/custody.types.ts'
import { getApp } from '../../core/organizations/organizations.service.ts'
import { withSetupLock } from '../../infra/db/migrate.ts'
import { type CustodyOptions, type CustodySource, openCustodyKey } from '../../infra/installation/open-custody-key.ts'
import { beginRotation, dropSpareKeys } from '../../infra/installation/rotate-custody-key.ts'
import { appIdOf, type Flags, inInstallation, type Place, print, UsageError } from '../terminal.ts'

/** `facet custody export --app ID`, `facet custody rotate`, `facet custody renew [--app ID]`. */
export async function custodyCommand([action, ...words]: string[], flags: Flags): Promise<void> {
  if (words.length > 0) throw new UsageError(`facet custody ${action} takes no words beside its flags`)
  if (action === 'export') return exportWords(flags)
  if (action === 'rotate') return rotate(flags)
  if (action === 'renew') return renew(flags)
  throw new UsageError('Say facet custody export, facet custody rotate or facet custody renew')
}

async function exportWords(flags: Flags): Promise<void> {
  if (flags.app === undefined) throw new UsageError('Name the app: facet custody export --app ID')
  const exported = await inInstallation(async (ctx, place) => {
    const appId = await appIdOf(ctx, flags)
    const { name } = await getApp(ctx, appId)
    process.stderr.write(`Whoever has these words has all that is in the wallets of ${name}.\n`)
    if (!(await isTyped(name))) return undefined
    // The operator may have taken any time to type.
    const custodyCtx = { ...(await withCustodyKey(ctx, place)), now: new Date() }
    return { appId, mnemonic: await exportMnemonic(custodyCtx, appId) }
  })
  if (exported === undefined) {
    process.stderr.write('That is not its name: nothing is exported.\n')
    process.exitCode = 1
  } else print(flags, exported, [exported.mnemonic])
}

/** Whether the next line that the operator gives is this name. */
async function isTyped(name: string): Promise<boolean> {
  process.stderr.write('Type the name of the app to have them shown: ')
  for await (const line of createInterface({ input: process.stdin })) return line === name
  return false
}

async function rotate(flags: Flags): Promise<void> {
  const { source, ...report } = await inInstallation(async (ctx, place) => {
    const options = optionsOf(place)
    const custodyKey = await withSetupLock(place.address, (client) => beginRotation(client, options))
    const { rewrapped, unopened } = await rewrapDataKeys({ ...ctx, custodyKey })
    const { id: custodyKeyId, source } = custodyKey
    const done = { custodyKeyId, rewrapped, unopened, source }
    if (source !== 'file' || unopened.length > 0) return done
    const dropped = await withSetupLock(place.address, (client) => dropSpareKeys(client, place.dataDir))
    return { ...done, dropped }
  })
  const { custodyKeyId, rewrapped, unopened } = report
  if (unopened.length > 0) process.exitCode = 1
  print(flags, report, [
    `The custody key ${custodyKeyId} wraps all${unopened.length > 0 ? ' other' : ''} keys of seeds now (${rewrapped} anew)`,
    ...(unopened.length > 0 ? unopenedLines(unopened) : [rests[source]]),
  ])
}

function unopenedLines(unopened: Rewrapping['unopened']): string[] {
  return [
    ...unopened.map(({ appId, reason }) => `That of the app ${appId} does not open: ${reason}`),
    'All custody keys are kept: mend these, from a backup of the database if need be, and rotate again',
  ]
}

/** What an operator may do with the keys before. */
const rests: Readonly<Record<CustodySource, string>> = {
  file: 'custody.key holds no other key any more: keep a copy of it, apart from those of the database',
  environment:
    'The other keys of FACET_CUSTODY_KEY, and a file custody.key, are needed for old backups of the database only',
  kms: 'FACET_CUSTODY_KEY, a file custody.key, and any other key of AWS KMS are needed for old backups of the database only',
}

async function renew(flags: Flags): Promise<void> {
  const renewed = await inInstallation(async (ctx, place) => {
    const custodyCtx = await withCustodyKey(ctx, place)
    const appIds = flags.app === undefined ? await listAppsWithSeed(custodyCtx) : [await appIdOf(ctx, flags)]
    for (const appId of appIds) await renewDataKey(custodyCtx, appId)
    return appIds
  })
  print(flags, { renewed }, [`Sealed ${renewed.length} ${renewed.length === 1 ? 'seed' : 'seeds'} under a new key`])
}

async function withCustodyKey(ctx: SystemCtx, place: Place): Promise<CustodyCtx> {
  return {
    ...ctx,
    custodyKey: await withSetupLock(place.address, (client) => openCustodyKey(client, optionsOf(place))),
  }
}

/** An operator who waits is told at once that AWS KMS does not answer. */
function optionsOf({ dataDir }: Place): CustodyOptions {
  return { dataDir, custody: readCustodyConfig(), makes: false, bearsOutage: false }
}
