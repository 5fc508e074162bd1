import type { Facet } from './contestants/facet.ts'
import { newReference } from './references.ts'

/** What people who have signed in show of themselves. */
export interface SignedIn {
  /** Permanent tokens, as Ona takes them. */
  readonly tokens: readonly string[]
  /** Access tokens of sessions, as Epixel takes them: good for a quarter of an hour. */
  readonly accesses: readonly string[]
  /** Signs everybody in again, and puts their new access tokens in the place of the old. */
  renewAccesses(): Promise<void>
}

const password = 'plum-Orchard-77'

/** Registers so many people, signs each of them in, and asks for their tokens: one after the other, since each is hashed three times. */
export async function signInPeople(facet: Facet, count: number): Promise<SignedIn> {
  const tokens: string[] = []
  const accesses: string[] = []
  const people = Array.from({ length: count }, () => `signedin${newReference()}`)
  const apikey = { apikey: facet.key }
  const renewAccesses = async () => {
    for (const [index, username] of people.entries()) {
      const session = await ask<{ access: string }>(facet, 'POST', '/user/login/', apikey, { username, password })
      accesses[index] = session.access
    }
  }
  for (const username of people) {
    const named = { username, password, email: `${username}@example.com`, first_name: 'Ada', last_name: 'Lovelace' }
    const phone_number = `658${username.slice(-6)}`
    const agreed = { country_code: 'FR', phone_number, agree_terms: '1', user_type: 'customer' }
    await ask(facet, 'POST', '/user/signup/', apikey, { ...named, ...agreed })
    const basic = Buffer.from(`${username}:${password}`).toString('base64')
    const person = await ask<{ api_token: string }>(facet, 'GET', '/user', { authorization: `Basic ${basic}` })
    tokens.push(person.api_token)
  }
  await renewAccesses()
  return { tokens, accesses, renewAccesses }
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
