import { readConfig } from '../../config.ts'
import { type Ctx, type SystemCtx, scopes } from '../../core/context.ts'
import { type EventKind, eventKinds, eventTypes, isEventType } from '../../core/event-types.ts'
import { getApp, getOrganization } from '../../core/organizations/organizations.service.ts'
import { inTx } from '../../core/transactions.ts'
import { createEventSignal } from '../../infra/db/event-signal.ts'
import { filesPlace, openFiles } from '../../infra/files/open-files.ts'
import { jobs } from '../../infra/jobs/queue.ts'
import { createPasswords } from '../../infra/passwords/passwords.ts'
import { makeEvent } from '../sample-events.ts'
import { appIdOf, type Flags, inInstallation, print, table, UsageError } from '../terminal.ts'

/** `facet trigger TYPE`: makes an event in a sandbox app. `facet trigger`: lists the types. For development. */
export async function triggerCommand([type, ...words]: string[], flags: Flags): Promise<void> {
  if (type === undefined) return list(flags)
  if (!isEventType(type)) {
    throw new UsageError(`No event has the type ${JSON.stringify(type)}. The types: ${eventTypes.join(', ')}`)
  }
  if (words.length > 0) throw new UsageError('Name one type: facet trigger TYPE')
  const made = await inInstallation(async (system) => {
    const events = createEventSignal(system.db, system.log)
    const ctx = await operatorIn(system, await appIdOf(system, flags), events.raise)
    const event = await inTx(ctx, (tx) => makeEvent(tx, type))
    // A server that runs would find it without being told, some seconds later.
    await events.flush()
    return { ...event, appId: ctx.appId }
  })
  print(flags, made, [`Made the event ${made.id}, ${made.type} about ${made.subjectId}`])
}

function list(flags: Flags): void {
  const kinds = Object.entries<EventKind>(eventKinds).map(([type, { about }]) => ({ type, about }))
  print(flags, kinds, table(kinds.map(({ type, about }) => [type, about])))
}

/** What the operator of the installation may do in one sandbox app: everything. */
async function operatorIn(system: SystemCtx, appId: string, raise: (appId: string) => void): Promise<Ctx> {
  const { mode, settings, organizationId } = await getApp(system, appId)
  if (mode !== 'sandbox') throw new UsageError(`The app ${appId} is live: events are made up in sandbox apps only`)
  return {
    ...system,
    appId,
    appMode: mode,
    settings,
    organizationId,
    organizationNumber: (await getOrganization(system, organizationId)).number,
    scopes: new Set(scopes),
    // Stands in the event, where it tells one run of the command from another.
    requestId: null,
    // No webhook endpoint is made here, so no address is judged.
    outbound: { refusal: () => 'address' },
    jobs,
    // Making events up sends no mail.
    sendsMail: false,
    passwords: createPasswords(),
    files: await openFiles(filesPlace(readConfig())),
    // Nor does it make pictures.
    pictures: { render: async () => undefined },
    // Whoever waits for a wallet would look by itself.
    walletNews: { watch: () => undefined, close() {} },
    committed: () => raise(appId),
  }
}
