/** The fields that have a column, by table of the schema `auth`. The column of `operatorId` is `operator_id`. */
const fieldsByTable = {
  operators: ['id', 'email', 'emailVerified', 'name', 'twoFactorEnabled', 'createdAt', 'updatedAt'],
  accounts: ['id', 'operatorId', 'providerId', 'accountId', 'passwordHash', 'createdAt', 'updatedAt'],
  sessions: ['id', 'tokenHash', 'operatorId', 'ipAddress', 'userAgent', 'createdAt', 'updatedAt', 'expiresAt'],
  verifications: ['id', 'identifier', 'value', 'passwordHash', 'createdAt', 'updatedAt', 'expiresAt'],
  twoFactors: ['id', 'operatorId', 'secret', 'backupCodes', 'verified', 'failedVerificationCount', 'lockedUntil'],
} as const

export type Table = keyof typeof fieldsByTable
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** One part of a condition. */
export interface Part {
  readonly field: string
  readonly operator?: string | undefined
  /** How it is joined to the other parts: `AND` alone is known here. */
  readonly connector?: string | undefined
  readonly value: unknown
}

const comparisons: Readonly<Record<string, string>> = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** The table of a name. Throws for one that the sign-in does not have. */
export function tableOf(name: string): Table {
  if (Object.hasOwn(fieldsByTable, name)) return name as Table
  throw new Error(`The sign-in has no table ${name}`)
}

/** Gives the row as it is then; fields without a column are passed over when they say nothing. */
export function insertInto(table: Table, row: Row): Statement {
  const values: unknown[] = []
  const { columns, places } = entriesOf(table, row, values)
  return { text: `insert into ${nameOf(table)} (${columns}) values (${places}) returning ${shown(table)}`, values }
}

/**
 * The same for a session, if the operator's password hash is still this one. Whoever changes it waits until the session is there, and
 * ends it; or is waited for, and then there is none.
 */
export function insertSessionProvenBy(row: Row, passwordHash: string): Statement {
  const values: unknown[] = []
  const { columns, places } = entriesOf('sessions', row, values)
  const account = `operator_id = $${values.push(row.operatorId)} and password_hash = $${values.push(passwordHash)}`
  return {
    text: `insert into auth.sessions (${columns}) select ${places} from auth.accounts where ${account} for share
      returning ${shown('sessions')}`,
    values,
  }
}

function entriesOf(table: Table, row: Row, values: unknown[]): { columns: string; places: string } {
  const fields = Object.keys(row).filter((field) => row[field] != null)
  const columns = fields.map((field) => columnOf(table, field)).join(', ')
  return { columns, places: fields.map((field) => `$${values.push(row[field])}`).join(', ') }
}

export interface SelectOptions {
  readonly limit: number
  readonly sortBy?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined
}

export function selectFrom(table: Table, parts: readonly Part[], { limit, sortBy }: SelectOptions): Statement {
  const values: unknown[] = []
  const order = sortBy && ` order by ${columnOf(table, sortBy.field)} ${sortBy.direction === 'desc' ? 'desc' : 'asc'}`
  const text = `select ${shown(table)} from ${nameOf(table)}${where(table, parts, values)}${order ?? ''}`
  return { text: `${text} limit $${values.push(limit)}`, values }
}

/** Changes every row that fits, and gives them. `increment` adds to columns. */
export function updateOf(
  table: Table,
  parts: readonly Part[],
  set: Row,
  increment: Readonly<Record<string, number>> = {},
): Statement {
  const values: unknown[] = []
  const changes = [
    ...Object.entries(set).map(([field, value]) => [columnOf(table, field), `$${values.push(value)}`]),
    ...Object.entries(increment).map(([field, by]) => [
      columnOf(table, field),
      `${columnOf(table, field)} + $${values.push(by)}`,
    ]),
  ].map(([column, value]) => `${column} = ${value}`)
  const text = `update ${nameOf(table)} set ${changes.join(', ')}${where(table, parts, values)} returning ${shown(table)}`
  return { text, values }
}

/** Removes every row that fits, and gives them. */
export function deleteFrom(table: Table, parts: readonly Part[]): Statement {
  const values: unknown[] = []
  return { text: `delete from ${nameOf(table)}${where(table, parts, values)} returning ${shown(table)}`, values }
}

function where(table: Table, parts: readonly Part[], values: unknown[]): string {
  const conditions = parts.map(({ field, operator = 'eq', connector = 'AND', value }) => {
    const comparison = comparisons[operator]
    if (connector !== 'AND' || comparison === undefined)
      throw new Error(`The sign-in asks for ${connector} ${operator}`)
    return value === null
      ? `${columnOf(table, field)} is null`
      : `${columnOf(table, field)} ${comparison} $${values.push(value)}`
  })
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
}

function shown(table: Table): string {
  return fieldsByTable[table].map((field) => `${columnOf(table, field)} as "${field}"`).join(', ')
}

/** Throws for a field that has no column: what is inside a statement comes from the list above alone. */
function columnOf(table: Table, field: string): string {
  const known: readonly string[] = fieldsByTable[table]
  if (!known.includes(field)) throw new Error(`The sign-in has no column for ${table}.${field}`)
  return snake(field)
}

function nameOf(table: Table): string {
  return `auth.${snake(table)}`
}

function snake(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
