import { countSlots } from '../server/src/core/count-slots.ts'
import { causeTypes } from '../server/src/core/events.ts'
import { isUuid } from '../server/src/core/ids.ts'
import type { Profile } from '../server/src/core/profiles/profiles.types.ts'

/** A statement as the core sent it. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What is drawn anew for each request; every other parameter stays as it was recorded. */
export type Drawn = 'id' | 'eventId' | 'uid' | 'longId' | 'number' | 'at' | 'reference' | 'slot'

/** A recorded statement that can be sent again: which parameters (from 0) are drawn anew. */
export interface Plan extends Statement {
  readonly drawn: readonly { readonly index: number; readonly as: Drawn }[]
}

/** The statements of each operation, in the order in which the core sends them. */
export interface Plans {
  readonly create: readonly Plan[]
  readonly get: readonly Plan[]
  readonly oumlaList: readonly Plan[]
  readonly nativeList: readonly Plan[]
}

/** Behind the app. */
const slot = 1

/** Finds a new profile's parameters by the values that the core drew for them. */
export function planCreate(statements: readonly Statement[], made: Profile): Plan[] {
  const [statement] = statements
  if (statement === undefined || statements.length !== 1) throw new Error('A create is no longer one statement')
  const drawn = drawnIn(statement, {
    id: made.id,
    uid: made.uid,
    longId: made.longId,
    number: made.number,
    at: made.createdAt,
    reference: made.reference,
  })
  // The event's are the last of a create of one, its id the first of them and its data the last.
  const event = statement.values.length - causeTypes.length
  if (!isUuid(String(statement.values[event])) || !String(statement.values.at(-1)).includes(made.id))
    throw new Error('The last parameters are no longer the event')
  const drawnSlot = statement.values[slot]
  if (!Number.isInteger(drawnSlot) || Number(drawnSlot) >= countSlots)
    throw new Error('The second parameter is no longer the slot')
  return [{ ...statement, drawn: [...drawn, { index: slot, as: 'slot' }, { index: event, as: 'eventId' }] }]
}

/** Finds a read's parameters. */
export function planRead(statements: readonly Statement[], values: { readonly reference?: string }): Plan[] {
  return statements.map((statement) => ({ ...statement, drawn: drawnIn(statement, values) }))
}

function drawnIn(statement: Statement, values: Partial<Record<Drawn, unknown>>): Plan['drawn'] {
  const names = Object.keys(values) as Drawn[]
  const drawn = statement.values.flatMap((value, index) => {
    const as = names.find((name) => values[name] === value)
    return as === undefined ? [] : [{ index, as }]
  })
  const missing = names.filter((name) => !drawn.some(({ as }) => as === name))
  if (missing.length > 0) throw new Error(`The statement has no parameter for ${missing.join(', ')}`)
  return drawn
}
