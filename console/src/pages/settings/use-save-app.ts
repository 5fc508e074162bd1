import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type AppPatch, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { operatorQuery, useApp } from '../../session/operator.ts'
import { say } from '../../ui/toast.tsx'

/** Changes the app that is open, and says so. */
export function useSaveApp() {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (patch: AppPatch) => api.changeApp({ params: { id: app.id }, body: patch }),
    onSuccess: async () => {
      await Promise.all([changed('app', 'networks'), queries.invalidateQueries({ queryKey: operatorQuery.queryKey })])
      say('Saved. Every process goes by it within a second')
    },
  })
}
