import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Canary } from '../helpers/secret-search.ts'

type Headers = Readonly<Record<string, string>>

/** An app, as its clients have it. */
interface Client {
  readonly secret: string
  readonly isTest: boolean
}

/** A text that stands nowhere else, and that a password may be. */
export const secretText = (): string => `Plum-${randomBytes(12).toString('hex')}`

export const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` })

const basic = (name: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})

/** Gives the answer of a request that must succeed. */
export async function call(method: 'GET' | 'POST', url: string, headers: Headers, body?: object) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const typed = body === undefined ? headers : { ...headers, 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers: typed, ...json })
  const text = await answer.text()
  expect(answer.status, `${method} ${url}: ${text}`).toBeLessThan(300)
  return text === '' ? undefined : JSON.parse(text)
}

const get = (url: string, headers: Headers) => call('GET', url, headers)
export const post = (url: string, body: object, headers: Headers) => call('POST', url, headers, body)

let keys = 0

/** Twice under one Idempotency-Key, so that the answer is kept; gives the answer. */
async function postTwice(url: string, body: object, headers: Headers) {
  const once = { ...headers, 'idempotency-key': `key-${++keys}` }
  const answer = await post(url, body, once)
  expect(await post(url, body, once)).toEqual(answer)
  return answer
}

/** Makes an API key, and an endpoint whose secret is rotated twice. */
export async function keysAndWebhooks(url: string, secret: string, receiver: string): Promise<Canary[]> {
  const [native, auth] = [`${url}/facet/v1`, bearer(secret)]
  const apiKey = await postTwice(`${native}/api-keys`, { name: 'Story', scopes: ['profiles:read'] }, auth)
  await get(`${native}/profiles`, bearer(apiKey.secret))
  const endpoint = { url: `http://${receiver}/hook`, types: ['*'] }
  const first = await postTwice(`${native}/webhook-endpoints`, endpoint, auth)
  const at = `${native}/webhook-endpoints/${first.id}`
  const second = await postTwice(`${at}/rotate-secret`, { overlapHours: 24 }, auth)
  const third = await post(`${at}/rotate-secret`, { overlapHours: 0 }, auth)
  await post(`${at}/test`, {}, auth)
  const secrets: string[] = [first, second, third].map((one) => one.secret)
  return [
    { name: 'API key', secret: apiKey.secret },
    ...secrets.flatMap((one) => [
      { name: 'webhook secret', secret: one },
      { name: 'bytes of a webhook secret', secret: Buffer.from(one.replace('whsec_', ''), 'base64') },
    ]),
  ]
}

/** Registers somebody, who signs in, has a link mailed, and changes the password. */
export async function peopleOfOna(url: string, username: string): Promise<Canary[]> {
  const api = `${url}/ona/api/v1`
  const [password, next] = [secretText(), secretText()]
  const person = { username, email: `${username}@example.com`, first_name: 'Ann', password }
  await postTwice(`${api}/profiles`, person, {})
  const user = await get(`${api}/user`, basic(username, password))
  await post(`${api}/profiles/send_verification_email`, {}, { authorization: `Token ${user.api_token}` })
  const change = { current_password: password, new_password: next }
  const renewed = await post(`${api}/profiles/${username}/change_password`, change, basic(username, password))
  const tokens = [user.api_token, user.temp_token, renewed.access_token, renewed.temp_token]
  return [
    ...canariesOf('password', [password, next]),
    ...canariesOf('token', tokens),
    ...tokens.map((token) => ({ name: 'bytes of a token', secret: Buffer.from(token, 'hex') })),
  ]
}

/** The same elsewhere; the person has a code mailed, with which the e-mail could be changed. */
export async function peopleOfEpixel(url: string, key: string): Promise<Canary[]> {
  const [api, username, email] = [`${url}/epixel/api/v1/user`, 'bob.lee', 'bob@example.com']
  const [password, next] = [secretText(), secretText()]
  const names = { username, first_name: 'Bob', last_name: 'Lee' }
  const place = { country_code: 'FR', phone_number: '658200001' }
  const person = { ...names, ...place, email, password, agree_terms: '1', user_type: 'customer' }
  await postTwice(`${api}/signup/`, person, { apikey: key })
  const first = await post(`${api}/login/`, { username, password }, { apikey: key })
  const auth = { apikey: key, ...bearer(first.access) }
  await post(`${api}/token-generator/`, { email: 'bob@example.org' }, auth)
  const change = { old_password: password, new_password: next, confirm_password: next }
  await post(`${api}/profile/change-password/`, change, auth)
  const second = await post(`${api}/login/`, { username, password: next }, { apikey: key })
  const third = await post(`${api}/login/refresh/`, { refresh: second.refresh }, { apikey: key })
  const tokens = [first.access, first.refresh, second.access, second.refresh, third.access, third.refresh]
  return [...canariesOf('password', [password, next]), ...canariesOf('token of a session', tokens)]
}

/** What was mailed: the key of a link, and a code with the words around it, since six digits stand by chance in many places. */
export async function mailsOf(url: string, secret: string): Promise<Canary[]> {
  const { data } = await get(`${url}/facet/v1/outbox`, bearer(secret))
  const texts: string[] = data.flatMap(({ subject, text }: { subject: string; text: string }) => [subject, text])
  const mailed = texts.flatMap(mailedSecretsIn)
  expect(mailed).toHaveLength(2)
  return canariesOf('mailed secret', mailed)
}

/** The key of a link, and a code. */
export function mailedSecretsIn(text: string): string[] {
  return [...text.matchAll(/(?<=verification_key=)\w+|\d{6} is your code/g)].map(([found]) => found)
}

/** Asks for wallets of a new profile, and does not wait for them. */
export async function requestWallets(url: string, { secret, isTest }: Client, reference: string): Promise<void> {
  await post(`${url}/facet/v1/profiles`, { reference }, bearer(secret))
  for (const network of networksOf(isTest)) {
    await post(`${url}/oumla/api/v1/wallets/generate`, { reference, network }, { 'x-api-key': secret })
  }
}

function canariesOf(name: string, secrets: readonly (string | undefined)[]): Canary[] {
  return secrets.flatMap((secret) => (secret === undefined ? [] : [{ name, secret }]))
}

/** Makes a profile, and generates an address for it on Bitcoin and on Ethereum, or their test networks. */
export async function addressesOf(
  url: string,
  { secret, isTest }: Client,
  reference: string,
): Promise<{ addresses: string[]; shares: Canary[] }> {
  await post(`${url}/facet/v1/profiles`, { reference }, bearer(secret))
  const shares = networksOf(isTest).map((network) => ({ network, clientShare: secretText() }))
  const addresses: string[] = []
  for (const share of shares) {
    const at = `${url}/oumla/api/v2/addresses/generate`
    addresses.push((await postTwice(at, { reference, ...share }, { 'x-api-key': secret })).data)
  }
  return {
    addresses,
    shares: canariesOf(
      'clientShare',
      shares.map(({ clientShare }) => clientShare),
    ),
  }
}

const networksOf = (isTest: boolean): readonly string[] => (isTest ? ['tBTC', 'tETH'] : ['BTC', 'ETH'])
