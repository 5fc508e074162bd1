import type { DialectId } from '../../../ui/dialects.ts'

/** What is told of an app in a snippet. */
export interface Credentials {
  /** Where the server is, without a slash at the end. */
  readonly baseUrl: string
  /** The public half of a key pair. */
  readonly key: string
  /** Its secret, or words that stand for it. */
  readonly secret: string
}

/** One request that makes a person, ready to be written in any language. */
export interface FirstRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Signs a token with the secret and sends it as a bearer (docs/dialects/original.md). */
  readonly signs: boolean
  readonly body: { readonly kind: 'json' | 'form'; readonly fields: Readonly<Record<string, string>> }
}

/** The request by which each dialect makes its first person. `mark` makes what must be unique: letters and digits. All answer 201 but Epixel's, which has 200. */
export function firstRequest(dialect: DialectId, { baseUrl, key, secret }: Credentials, mark: string): FirstRequest {
  const json = (path: string, headers: Readonly<Record<string, string>>, fields: Readonly<Record<string, string>>) =>
    ({ url: baseUrl + path, headers, signs: false, body: { kind: 'json', fields } }) as const
  const email = `ada.${mark}@example.com`
  const requests: Record<DialectId, () => FirstRequest> = {
    native: () =>
      json(
        '/facet/v1/profiles',
        { Authorization: `Bearer ${secret}` },
        { reference: `user-${mark}`, fullName: 'Ada Okonjo', email },
      ),
    oumla: () => json('/api/v1/profiles', { 'x-api-key': secret }, { reference: `user-${mark}`, type: 'User' }),
    ocamba: () => json('/v1/hood/profiles', { Authorization: `Bearer ${secret}` }, { full_name: 'Ada Okonjo', email }),
    epixel: () => ({
      url: `${baseUrl}/api/v1/user/signup/`,
      headers: { apikey: key },
      signs: false,
      body: { kind: 'form', fields: epixelFields(email, mark) },
    }),
    ona: () =>
      json(
        '/api/v1/profiles',
        {},
        { username: `ada_${mark}`, first_name: 'Ada', email, password: `a good password ${mark}` },
      ),
    original: () => ({
      ...json('/v1/user', { 'X-API-KEY': key }, { user_external_id: `user-${mark}`, email }),
      signs: true,
    }),
  }
  return requests[dialect]()
}

function epixelFields(email: string, mark: string): Readonly<Record<string, string>> {
  return {
    first_name: 'Ada',
    last_name: 'Okonjo',
    username: `ada.${mark}`,
    password: `a good password ${mark}`,
    email,
    phone_number: `6${String(Number.parseInt(mark, 36) % 1e8).padStart(8, '0')}`,
    country_code: 'FR',
    user_type: 'customer',
    agree_terms: '1',
  }
}
