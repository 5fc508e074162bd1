import { useQuery } from '@tanstack/react-query'
import { type Answer, apiOf, type Profile } from '../../api/client.ts'
import { useApp } from '../../session/operator.ts'

/** A profile with the version that a change of it must name. */
export interface Versioned {
  readonly profile: Profile
  readonly etag: string | undefined
}

/** A profile as a dialect answers it: what its clients send, and the body to the letter. */
export type Face = Answer<'listFacesOfProfile'>['data'][number]

/** Reads a profile by its id, or by another key that the API takes, as `reference:user-1`. */
export function useProfile(key: string) {
  const { app } = useApp()
  return useQuery({
    queryKey: [app.id, 'profile', key],
    queryFn: async ({ signal }): Promise<Versioned> => {
      const { body, etag } = await apiOf(app.id).getProfile({ params: { profile: key }, signal })
      return { profile: body, etag }
    },
  })
}
