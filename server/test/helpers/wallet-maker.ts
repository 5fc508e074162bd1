import { afterAll, beforeAll } from 'vitest'
import type { AppJobCtx } from '../../src/core/context.ts'
import type { CustodyKey } from '../../src/core/ports.ts'
import { makeWallets } from '../../src/core/wallets/wallet-maker.service.ts'
import { createEventSignal } from '../../src/infra/db/event-signal.ts'
import { openLocks } from '../../src/infra/db/locks.ts'
import { jobs } from '../../src/infra/jobs/queue.ts'
import { startJobRunner } from '../../src/infra/jobs/runner.ts'
import { createTasks } from '../../src/workers/tasks.ts'
import { useCustodyKey } from './custody.ts'
import { quietLog, type TestDatabase } from './database.ts'

/** Makes what waits for the app of a context, here and now. */
export async function makeWaitingWallets(ctx: AppJobCtx, custodyKey: CustodyKey): Promise<void> {
  while (await makeWallets({ ...ctx, custodyKey }));
}

/** Runs the jobs of wallets on the file's database as the worker process does. Call at the top of a file or describe block. */
export function useWalletMaker(database: TestDatabase): void {
  const custodyKey = useCustodyKey(database)
  const stops: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const { address, db, files, keys } = database
    const locks = openLocks(address, quietLog)
    const { make_wallets, resume_wallets } = createTasks({
      eventRetentionDays: 90,
      files,
      mailer: { send: async () => ({ kind: 'accepted' }) },
      mailSealer: keys.mail,
      custodyKey,
      events: createEventSignal(db, quietLog),
      jobs,
    })
    if (make_wallets === undefined || resume_wallets === undefined) throw new Error('The jobs of wallets are not there')
    const tasks = { make_wallets, resume_wallets }
    const runner = await startJobRunner({ address, tasks, db, locks, log: quietLog, onEnd() {} })
    stops.push(
      () => runner.stop(),
      () => locks.close(),
    )
  })
  afterAll(async () => {
    for (const stop of stops.splice(0)) await stop()
  })
}
