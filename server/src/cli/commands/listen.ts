import { eventTypes } from '../../core/event-types.ts'
import { typesMatching } from '../../core/feed/feed.service.ts'
import { mintWebhookSecret } from '../../core/webhooks/webhooks.rules.ts'
import { untilStopSignal } from '../../infra/process/signals.ts'
import { findFeedSource, httpUrl, readSecret } from '../feed-source.ts'
import { followFeed } from '../follow-feed.ts'
import { type Forwarded, forward } from '../forwarding.ts'
import { type Flags, UsageError } from '../terminal.ts'

/** What is looked at of an event. */
interface ListedEvent {
  readonly id: string
  readonly appId: string
  readonly type: string
  readonly sequence: number
  readonly time: string
  readonly subjectId: string
}

/** `facet listen`: prints the events of a running server from now on, and forwards them. For development. */
export async function listenCommand(words: string[], flags: Flags): Promise<void> {
  if (words.length > 0) throw new UsageError(`facet listen takes no ${JSON.stringify(words[0])}`)
  const types = typesOf(flags)
  const to = flags['forward-to'] === undefined ? undefined : httpUrl('--forward-to', flags['forward-to'])
  const from = { url: flags.url, secret: await readSecret(flags) }
  const secret = mintWebhookSecret()
  const stream = flags.json ? process.stderr : process.stdout
  /** Everything but events: beside them for people, apart from them for programs. */
  const say = (line: string) => void stream.write(`${line}\n`)
  // Whoever read the lines has gone, as in `facet listen | head`.
  process.stdout.on('error', () => process.exit(0))

  if (to !== undefined) say(`Forwarding to ${to}, signed with ${secret} (of this run alone)`)
  await untilStopSignal((signal) =>
    followFeed({
      source: () => findFeedSource(from),
      types,
      signal,
      onConnected(url) {
        say(`Listening to ${url}; Ctrl-C ends it`)
      },
      onLost(reason) {
        say(`Connection lost: ${reason}. Trying again; what is made meanwhile comes then`)
      },
      async onEvent(json) {
        const event: ListedEvent = JSON.parse(json)
        process.stdout.write(flags.json ? `${json}\n` : `${lineOf(event)}\n`)
        if (to === undefined) return
        const { id, appId } = event
        say(outcomeOf(await forward({ id, appId, json }, { url: to, secret, signal })))
      },
    }),
  )
}

function typesOf({ types }: Flags): string[] | undefined {
  const patterns = types?.split(',').map((pattern) => pattern.trim())
  const unknown = patterns?.find((pattern) => typesMatching(pattern).length === 0)
  if (unknown !== undefined) {
    throw new UsageError(`No event has the type ${JSON.stringify(unknown)}. The types: ${eventTypes.join(', ')}`)
  }
  return patterns
}

function lineOf({ time, sequence, type, subjectId }: ListedEvent): string {
  return `${time}  #${sequence}  ${type}  ${subjectId}`
}

function outcomeOf({ status, error, durationMs }: Forwarded): string {
  return `  -> ${status ?? `failed: ${error}`} (${durationMs} ms)`
}
