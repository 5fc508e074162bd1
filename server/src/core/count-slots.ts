/** How many counters a count of an app is spread over; see docs/adr/0005. */
export const countSlots = 64

/** Which of them a statement takes. */
export function randomSlot(): number {
  return Math.floor(Math.random() * countSlots)
}
