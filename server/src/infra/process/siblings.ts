import type { Places, Siblings, Tally, Windows } from '../../core/ports.ts'
import type { MetricValues } from './metric-sums.ts'
import type { Answer, Question } from './node-counts.ts'

/** What a process that serves HTTP says to the one that keeps it, once it is ready. */
export type SaidByApi =
  | { readonly listening: true }
  | { readonly cannotListen: string }
  | { readonly questions: readonly Question[] }
  | { readonly metrics: MetricValues }
  | { readonly wantsMetrics: true }

/** What it is told of its siblings. */
export type SaidOfSiblings =
  | { readonly answers: readonly Answer[] }
  | { readonly metricsWanted: true }
  | { readonly metricsOfAll: string }
  | { readonly metricsFailed: true }

/** The siblings of a process, and what hears of them. */
export interface JoinedSiblings extends Siblings {
  hear(message: SaidOfSiblings): void
}

/** An answer that takes longer is not waited for, and none asked for until it comes. */
const silenceMs = 500
/** Longer than the one that keeps them waits for each. */
const metricsMs = 5_000

/**
 * Joins the processes that serve HTTP on this node; `say` speaks to the one that keeps them. `onSilence` is called once whenever that stops
 * answering, from when on this process counts for itself.
 */
export function joinSiblings(say: (message: SaidByApi) => void, onSilence: () => void): JoinedSiblings {
  const line = openLine((questions) => say({ questions }), onSilence)
  let readMetrics = async (): Promise<object[]> => []
  let scrape: PromiseWithResolvers<string> | undefined
  return {
    windows: (name, seconds, own) => sharedWindows(line, name, seconds, own),
    places: (own) => sharedPlaces(line, own),
    offerMetrics(read) {
      readMetrics = read
    },
    async metrics() {
      if (scrape !== undefined) return scrape.promise
      const current = Promise.withResolvers<string>()
      scrape = current
      say({ wantsMetrics: true })
      const patience = setTimeout(() => current.reject(new Error('No metrics of all processes in time')), metricsMs)
      return current.promise.finally(() => {
        clearTimeout(patience)
        scrape = undefined
      })
    },
    hear(message) {
      if ('answers' in message) line.hear(message.answers)
      else if ('metricsWanted' in message)
        readMetrics().then(
          (metrics) => say({ metrics: metrics as MetricValues }),
          // It is asked again, and is in the sum meanwhile with what it said before.
          () => {},
        )
      else if ('metricsOfAll' in message) scrape?.resolve(message.metricsOfAll)
      else scrape?.reject(new Error('The metrics of all processes could not be added up'))
    },
  }
}

/** Where questions go. */
interface Line {
  /** The answer; undefined when there is none in time. */
  ask(question: Question): Promise<Answer | undefined>
  /** Says what needs no answer, which is never left out. */
  tell(question: Question): void
  hear(answers: readonly Answer[]): void
}

interface Asked {
  readonly question: Question
  readonly resolve: (answer: Answer | undefined) => void
}

/** While some questions are under way the next ones gather: one message each way, however many requests there are. */
function openLine(send: (questions: readonly Question[]) => void, onSilence: () => void): Line {
  let waiting: Asked[] = []
  let underWay: readonly Asked[] | undefined
  let silent = false
  let patience: NodeJS.Timeout | undefined

  function sendWaiting(): void {
    const asked = waiting
    underWay = asked
    waiting = []
    // After a pause of this process its time is over before it has read what came meanwhile: that is read first.
    patience = setTimeout(() => setImmediate(giveUp, asked), silenceMs).unref()
    send(asked.map(({ question }) => question))
  }

  function giveUp(asked: readonly Asked[]): void {
    if (underWay !== asked) return
    silent = true
    onSilence()
    for (const { resolve } of [...asked, ...waiting]) resolve(undefined)
    waiting = waiting.filter(({ question }) => question.ask === 'give')
  }

  function add(asked: Asked): void {
    waiting.push(asked)
    // Once the requests of this moment have been read.
    if (underWay === undefined && waiting.length === 1) setImmediate(sendWaiting)
  }

  return {
    ask: (question) => (silent ? Promise.resolve(undefined) : new Promise((resolve) => add({ question, resolve }))),
    tell: (question) => add({ question, resolve: () => {} }),
    hear(answers) {
      clearTimeout(patience)
      silent = false
      const asked = underWay ?? []
      underWay = undefined
      for (const [index, { resolve }] of asked.entries()) resolve(answers[index])
      if (waiting.length > 0) sendWaiting()
    },
  }
}

function sharedWindows({ ask }: Line, window: string, seconds: number, own: Windows): Windows {
  const inWindow = (kind: 'count' | 'look' | 'takeBack', key: string) =>
    ask({ ask: kind, window, seconds, key }) as Promise<Tally | null | undefined>
  return {
    count: async (key) => (await inWindow('count', key)) ?? own.count(key),
    async look(key) {
      const found = await inWindow('look', key)
      return found === undefined ? own.look(key) : (found ?? undefined)
    },
    async takeBack(key) {
      if ((await inWindow('takeBack', key)) === undefined) await own.takeBack(key)
    },
  }
}

function sharedPlaces({ ask, tell }: Line, own: Places): Places {
  let last = 0
  return {
    async hold(key, limit) {
      // Counted here too: that is all there is to go by while there is no answer.
      const giveOwn = await own.hold(key, limit)
      if (giveOwn === undefined) return undefined
      const place = ++last
      if ((await ask({ ask: 'hold', place, key, limit })) === false) return void giveOwn()
      return () => {
        giveOwn()
        tell({ ask: 'give', place })
      }
    },
  }
}
