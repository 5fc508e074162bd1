/** What requests of one process do to a wallet, one after the other: side by side they would want the same index. */
const lanes = new Map<string, Promise<number>>()

/**
 * Does the work when those before it at the same wallet are done. It is told the next index as the one before left it, 0 where that is not
 * known, and gives the index that it took.
 */
export async function inLane<T extends { readonly addressIndex: number }>(
  walletId: string,
  work: (nextIndex: number) => Promise<T>,
): Promise<T> {
  const mine = (lanes.get(walletId) ?? Promise.resolve(0)).then(work)
  const left = mine.then(
    ({ addressIndex }) => addressIndex + 1,
    () => 0,
  )
  lanes.set(walletId, left)
  left.then(() => {
    if (lanes.get(walletId) === left) lanes.delete(walletId)
  })
  return mine
}
