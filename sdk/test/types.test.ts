import { describe, expectTypeOf, it } from 'vitest'
import type { Answer, Client, Input } from '../src/client.ts'
import type { FeedEvent, Profile, Wallet } from '../src/operations.generated.ts'
import { entriesOf } from '../src/pages.ts'

// These guarantees are the compiler's: `npm run check` fails when one breaks. Nothing here is run.
declare const client: Client
const unsent = (_calls: () => unknown) => {}

describe('the types of a client', () => {
  it('tell answers apart by status', () => {
    expectTypeOf<Answer<'getProfile'>['body']>().toEqualTypeOf<Profile>()
    expectTypeOf<Answer<'deleteProfile'>['body']>().toEqualTypeOf<null>()
    const bodyOf = (answer: Answer<'requestWalletOfProfile'>) => (answer.status === 200 ? answer.body.wallet : null)
    expectTypeOf(bodyOf).returns.toEqualTypeOf<Wallet | null>()
  })

  it('ask for what an operation requires, and for nothing else', () => {
    unsent(() => [
      client.listProfiles(),
      client.listProfiles({ query: { limit: 3, type: undefined } }),
      client.rotateWebhookSecret({ params: { id: '1' } }),
      client.changeProfile({ params: { profile: '1' }, body: { email: null }, ifMatch: '"1"', idempotencyKey: 'k' }),
      // @ts-expect-error: a profile is named by its parameter
      client.getProfile(),
      // @ts-expect-error: there is no such parameter
      client.getProfile({ params: { id: '1' } }),
      // @ts-expect-error: a create has a body
      client.createProfile({}),
      // @ts-expect-error: there is no such field
      client.createProfile({ body: { surname: 'x' } }),
      // @ts-expect-error: only one profile has a version
      client.changeApp({ params: { id: '1' }, body: {}, ifMatch: '"1"' }),
      // @ts-expect-error: a read has no key
      client.listProfiles({ idempotencyKey: 'k' }),
      // @ts-expect-error: there is no such operation
      client.listNothing(),
    ])
    expectTypeOf<Input<'createProfile'>['idempotencyKey']>().toEqualTypeOf<string | undefined>()
  })

  it('know the entries of a list, and which lists have pages', () => {
    const profiles = () => entriesOf(client.listProfiles, { query: { q: 'ada' } })
    expectTypeOf(profiles).returns.toEqualTypeOf<AsyncGenerator<Profile, void, undefined>>()
    unsent(() => [
      entriesOf(client.listWebhookDeliveries, { params: { id: '1' }, query: { state: 'due' } }),
      // @ts-expect-error: the parameter is missing
      entriesOf(client.listWebhookDeliveries, {}),
      // @ts-expect-error: there is no such query
      entriesOf(client.listProfiles, { query: { colour: 'red' } }),
      // @ts-expect-error: this is no list
      entriesOf(client.getProfile, { params: { profile: '1' } }),
      // @ts-expect-error: this list comes whole
      entriesOf(client.listNetworks, {}),
    ])
  })

  it('know events and their types', () => {
    unsent(() => [
      client.events({ after: 'latest', types: ['profile.*', 'app.updated'] }),
      // @ts-expect-error: there is no such type
      client.events({ types: ['profile.exploded'] }),
      // @ts-expect-error: it begins at a number, or at the end
      client.events({ after: 'first' }),
    ])
    expectTypeOf<ReturnType<Client['events']>>().toEqualTypeOf<AsyncGenerator<FeedEvent, void, undefined>>()
  })
})
