/** Verifies one password again and again, as many at once as Facet does, and nothing else. */
import { hash, verify } from '@node-rs/argon2'
import { spareCores } from '../../server/src/infra/bounded-queue.ts'
import { hashParameters } from '../../server/src/infra/passwords/passwords.ts'

process.once('message', async (measureMs: number) => {
  const password = 'correct horse battery'
  const phc = await hash(password, hashParameters)
  const from = performance.now()
  let done = 0
  const work = async () => {
    while (performance.now() - from < measureMs) {
      await verify(phc, password)
      done++
    }
  }
  await Promise.all(Array.from({ length: spareCores }, work))
  process.send?.((done / (performance.now() - from)) * 1_000)
  process.disconnect()
})
