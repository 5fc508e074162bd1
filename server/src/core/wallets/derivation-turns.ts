/** So many derive in one turn: enough to share the statements that they need, and few enough to be over in 5 ms. */
const mostInTurn = 6

const waiting: (() => void)[] = []

/**
 * A turn of the event loop to derive an address in, which blocks the process for most of a millisecond. Of dozens who ask at once a few go
 * on in each turn: what they derived is written while the next ones derive, and whoever wants something else is served in between.
 */
export function ownTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(nextTurn)
  })
}

function nextTurn(): void {
  for (const goOn of waiting.splice(0, mostInTurn)) goOn()
  if (waiting.length > 0) setImmediate(nextTurn)
}
