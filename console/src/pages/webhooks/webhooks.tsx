import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { PageHead } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Catalogue } from './catalogue.tsx'
import { CreateEndpoint } from './endpoint-form.tsx'
import { Endpoints } from './endpoints.tsx'
import { Verify } from './verify.tsx'

const route = getRouteApi('/$app/webhooks')

const tabs = [
  { id: 'endpoints', title: 'Endpoints', content: <Endpoints /> },
  { id: 'catalogue', title: 'Event catalogue', content: <Catalogue /> },
  { id: 'verify', title: 'How to verify', content: <Verify /> },
]

/** Whom the app tells of what happens, and how they are to understand it. */
export function WebhooksPage() {
  const { tab, sheet } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/webhooks' })
  const may = useMay('webhooks:manage')
  const openSheet = (next: string | undefined) =>
    void navigate({ search: (now) => ({ ...now, sheet: next }), resetScroll: false })
  return (
    <>
      <PageHead title="Webhooks" about="What happens in the app is posted, signed, to each endpoint that asks for it.">
        {may && (
          <Button look="primary" icon={<Plus size={14} aria-hidden />} onClick={() => openSheet('new')}>
            Add an endpoint
          </Button>
        )}
      </PageHead>
      <Tabs
        label="Webhooks"
        value={tabs.some(({ id }) => id === tab) ? String(tab) : 'endpoints'}
        onChange={(id) => void navigate({ search: { tab: id === 'endpoints' ? undefined : id }, resetScroll: false })}
        tabs={tabs}
      />
      {sheet === 'new' && may && <CreateEndpoint onClose={() => openSheet(undefined)} />}
    </>
  )
}
