import type { Facet } from './contestants/facet.ts'

/** What people who have signed in show of themselves. */
export interface SignedIn {
  /** Permanent tokens, as Ona takes them. */
  readonly tokens: readonly string[]
  /** Access tokens of sessions, as Epixel takes them. */
  readonly accesses: readonly string[]
}

const password = 'plum-Orchard-77'

/** Registers so many people, signs each of them in, and asks for their tokens: one after the other, since each is hashed three times. */
export async function signInPeople(facet: Facet, count: number): Promise<SignedIn> {
  const tokens: string[] = []
  const accesses: string[] = []
  const apikey = { apikey: facet.key }
  for (let index = 0; index < count; index++) {
    const username = `signedin${index}`
    await ask(facet, 'POST', '/user/signup/', apikey, {
      ...{ username, password, email: `${username}@example.com`, first_name: 'Ada', last_name: 'Lovelace' },
      ...{
        country_code: 'FR',
        phone_number: `65825${String(index).padStart(4, '0')}`,
        agree_terms: '1',
        user_type: 'customer',
      },
    })
    const session = await ask<{ access: string }>(facet, 'POST', '/user/login/', apikey, { username, password })
    accesses.push(session.access)
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    const person = await ask<{ api_token: string }>(facet, 'GET', '/user', { authorization: `Basic ${basic}` })
    tokens.push(person.api_token)
  }
  return { tokens, accesses }
}

async function ask<Answer>(
  { host, port }: Facet,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`http://${host}:${port}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}
