/** Derives one address after the other of an account's public key, as Facet's API does, and nothing else. */
import { addressAt, deriveAccounts } from '../../server/src/core/wallets/derivation.rules.ts'

process.once('message', (measureMs: number) => {
  const [account] = deriveAccounts(Buffer.alloc(64, 7), { isTest: true, first: 0, count: 1 })
  const derive = (index: number) => addressAt(account?.evm ?? '', { family: 'evm', isTest: true, index })
  // Code is compiled, and the receiving chain remembered, as in a server that has been asked before.
  for (let index = 0; index < 500; index++) derive(index)
  const from = performance.now()
  let done = 0
  for (; performance.now() - from < measureMs; done++) derive(500 + done)
  process.send?.((done / (performance.now() - from)) * 1_000)
  process.disconnect()
})
