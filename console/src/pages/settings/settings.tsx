import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useAppQuery } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { ErrorNotice } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page.tsx'
import { type Tab, Tabs } from '../../ui/tabs.tsx'
import { AppTab } from './app-tab.tsx'
import { DialectsTab } from './dialects-tab.tsx'
import { HostsTab } from './hosts-tab.tsx'
import { OutboxTab } from './outbox-tab.tsx'
import { TeamTab } from './team-tab.tsx'
import { WalletsTab } from './wallets-tab.tsx'

const route = getRouteApi('/$app/settings')

/** How the app behaves, by which hosts it is found, what it mails, and who may see all this. */
export function SettingsPage() {
  const { tab = 'app' } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/settings' })
  const { app: shown } = useApp()
  const app = useAppQuery(['app'], (api, signal) => api.getApp({ params: { id: shown.id }, signal }))
  const mayManage = useMay('organization:manage')
  const mayReadMail = useMay('outbox:read')
  if (app.error !== null) return <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
  const tabs: Tab[] =
    app.data === undefined
      ? []
      : [
          { id: 'app', title: 'App', content: <AppTab app={app.data} /> },
          { id: 'dialects', title: 'Dialects', content: <DialectsTab app={app.data} /> },
          { id: 'wallets', title: 'Wallets', content: <WalletsTab app={app.data} /> },
          { id: 'hosts', title: 'Hosts', content: <HostsTab app={app.data} /> },
        ]
  if (mayReadMail) tabs.push({ id: 'outbox', title: 'Mail outbox', content: <OutboxTab /> })
  if (mayManage) tabs.push({ id: 'team', title: 'Team', content: <TeamTab /> })
  return (
    <>
      <PageHead title="Settings" />
      {app.data === undefined ? (
        <div className="skeleton h-64 max-w-2xl" aria-busy="true" />
      ) : (
        <Tabs
          label="Settings"
          tabs={tabs}
          value={tabs.some(({ id }) => id === tab) ? tab : 'app'}
          onChange={(next) => void navigate({ search: { tab: next === 'app' ? undefined : next } })}
        />
      )}
    </>
  )
}
