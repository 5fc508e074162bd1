/** The entry of a worker process that raises signals of events to its very end, and does nothing else. */
import { serveWorker } from '../../src/infra/jobs/serve-worker.ts'

await serveWorker(async () => ({
  tasks: () => ({}),
  keep({ events }) {
    events.raise('begun')
    return {
      async close() {
        // So many at once make the next one wait for longest.
        for (let count = 0; count < 50; count++) events.raise('many')
        await new Promise(setImmediate)
        events.raise('last')
      },
    }
  },
}))
