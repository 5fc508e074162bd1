import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { createSequencer } from '../../core/feed/feed.service.ts'
import { mergeProfiles } from '../../core/profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile } from '../../core/profiles/profiles.service.ts'
import { listFilteredEvents } from './profile-history.ts'

const database = useDatabase()

describe('listFilteredEvents', () => {
  it('leaves nothing out before the place to go on from, also when a profile is merged while the page is read', async () => {
    const ctx = await database.newApp()
    const [target, source] = [await createProfile(ctx, {}), await createProfile(ctx, { label: 'x' })]
    let reads = 0
    const query: typeof ctx.db.query = async (text, values) => {
      // Between the question who was merged and the page.
      if (text.includes('from events') && reads++ === 0) {
        await mergeProfiles(ctx, { target: { by: 'id', value: target.id }, source: { by: 'id', value: source.id } })
        await createSequencer(ctx, ctx.appId).number()
      }
      return ctx.db.query(text, values)
    }
    const reader = { ...ctx, db: { ...ctx.db, query } }
    const filter = { types: undefined, profileId: target.id }
    const page = await listFilteredEvents(reader, filter, { after: undefined, limit: 100 })
    expect(page.events.map(({ type, subjectId }) => [type, subjectId])).toEqual(
      expect.arrayContaining([
        ['profile.merged', source.id],
        ['profile.updated', target.id],
      ]),
    )
    expect(page.nextAfter).toBe(page.events.at(-1)?.sequence)
  })
})
