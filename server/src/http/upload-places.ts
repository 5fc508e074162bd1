import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Bounds how many bodies with files this process holds at a time, and how many of them one person has. */
export interface UploadPlaces {
  /**
   * Waits for a place, which the request keeps until it is over. Call it before the body is read: what waits costs no memory. `who`
   * has few places at a time, and waits for the others behind itself alone. Throws `pictures_exhausted` when too many wait.
   */
  hold(reply: FastifyReply, who: string): Promise<void>
}

/** Runs few at once, and lets the others wait in their order. */
export interface UploadQueue {
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Makes places of a queue for all, and of one for each person. */
export function createUploadPlaces(all: UploadQueue, newQueue: () => UploadQueue): UploadPlaces {
  const queues = new Map<string, { readonly queue: UploadQueue; users: number }>()

  /** In a queue that is there as long as somebody is in it. */
  async function behindItself(who: string, work: () => Promise<void>): Promise<void> {
    const own = queues.get(who) ?? { queue: newQueue(), users: 0 }
    queues.set(who, own)
    own.users++
    try {
      await own.queue.run(work)
    } finally {
      own.users--
      if (own.users === 0) queues.delete(who)
    }
  }

  return {
    hold: (reply, who) =>
      new Promise((begin, refuse) => {
        const whole = behindItself(who, () =>
          all.run(() => {
            begin()
            return end(reply.raw)
          }),
        )
        whole.catch(refuse)
      }),
  }
}

/** When the answer is out, or its connection gone, which it may be already. */
function end(response: ServerResponse): Promise<void> {
  return new Promise((over) => {
    const { socket } = response
    if (response.closed || socket?.destroyed) return over()
    const done = () => {
      response.off('finish', done).off('close', done)
      socket?.off('close', done)
      over()
    }
    response.on('finish', done).on('close', done)
    socket?.on('close', done)
  })
}
