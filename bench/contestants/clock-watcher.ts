/** Looks at the clock for as long as it is told, and tells the times between two looks that are longer than a millisecond. */
const worthMs = 1

process.once('message', (measureMs: number) => {
  const gapsMs: number[] = []
  const end = performance.now() + measureMs
  for (let last = performance.now(), now = last; now < end; last = now) {
    now = performance.now()
    if (now - last > worthMs) gapsMs.push(now - last)
  }
  process.send?.(gapsMs, () => process.exit(0))
})
// The bench that would use us is gone.
process.on('disconnect', () => process.exit(0))
