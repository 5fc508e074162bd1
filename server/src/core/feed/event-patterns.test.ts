import { describe, expect, it } from 'vitest'
import { eventTypes } from '../event-types.ts'
import { typesMatching } from './event-patterns.ts'

describe('a pattern of event types', () => {
  it('is a name, a prefix with a star, or a star for all', () => {
    expect(typesMatching('profile.created')).toEqual(['profile.created'])
    expect(typesMatching('api_key.*')).toEqual([
      'api_key.created',
      'api_key.revoked',
      'api_key.rotated',
      'api_key.secret_shown',
    ])
    expect(typesMatching('profile.*')).toEqual(eventTypes.filter((type) => type.startsWith('profile.')))
    expect(typesMatching('*')).toEqual(eventTypes)
  })

  it.each([
    '',
    'profile',
    'profile.',
    'profile*',
    'profil.*',
    '.*',
    '*.created',
    'profile.*.*',
    'toString',
    '**',
    ' *',
  ])('is for nothing when it is %j', (pattern) => expect(typesMatching(pattern)).toEqual([]))
})
