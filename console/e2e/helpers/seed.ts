import type { Client } from '../../../sdk/src/client.ts'
import type { ProfileBody } from '../../../sdk/src/operations.generated.ts'

/** What a seeded app has that pages need in their address. */
export interface Seeded {
  readonly profileId: string
  readonly endpointId: string
  readonly apiKeyId: string
  readonly eventId: string
}

const givenNames = ['Ada', 'Grace', 'Linus', 'Margaret', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken']
const familyNames = ['Okonjo', 'Hopper', 'Torvalds', 'Hamilton', 'Turing', 'Dijkstra', 'Liskov', 'Knuth', 'Perlman']
const countries = ['DE', 'NG', 'US', 'JP', 'BR'] as const

/** People whose names are hard on a layout: from right to left, with pictures, of the greatest length. */
const hardNames: readonly ProfileBody[] = [
  { fullName: 'عبد الله الخوارزمي', email: 'alkhwarizmi@example.com', reference: 'right-to-left' },
  { fullName: '🦊 Fox of the 👩‍👩‍👧‍👦 family', email: 'fox@example.com', reference: 'emoji' },
  { fullName: 'Wolfeschlegelsteinhausenbergerdorff '.repeat(7).trim(), reference: 'r'.repeat(200) },
]

function person(index: number): ProfileBody {
  const firstName = givenNames[index % givenNames.length] ?? ''
  const lastName = familyNames[(index * 7) % familyNames.length] ?? ''
  const mark = `${firstName}.${lastName}.${index}`.toLowerCase()
  return {
    type: index % 12 === 11 ? 'Merchant' : 'User',
    reference: `user-${1_000 + index}`,
    username: mark,
    email: `${mark}@example.com`,
    phone: `+4930700${String(index).padStart(4, '0')}`,
    firstName,
    lastName,
    fullName: `${firstName} ${lastName}`,
    country: countries[index % countries.length] ?? 'DE',
    city: 'Berlin',
    language: 'en',
    timezone: 'Europe/Berlin',
  }
}

/** Fills an app with people, wallets, a webhook endpoint and an event that it did not take: what every page has something to show of. */
export async function seed(api: Client, people: number): Promise<Seeded> {
  const endpoint = await api.createWebhookEndpoint({
    body: { url: 'https://hooks.example.com/facet', types: ['wallet.*'] },
  })
  for (const body of hardNames) await api.createProfile({ body })
  for (let index = people - 1; index > 0; index--) await api.createProfile({ body: person(index) })
  const { body: ada } = await api.createProfile({ body: person(0) })
  for (const network of ['tBTC', 'tETH'])
    await api.requestWalletOfProfile({ params: { profile: ada.id }, body: { network } })
  const { body: keys } = await api.listApiKeys()
  const { body: events } = await api.listEvents({ query: { limit: 1 } })
  return {
    profileId: ada.id,
    endpointId: endpoint.body.id,
    apiKeyId: keys.data[0]?.id ?? '',
    eventId: events.data[0]?.id ?? '',
  }
}
