import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Member, type Role, useApi } from '../../api/client.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { operatorQuery, useApp, useOperator } from '../../session/operator.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Select } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Section } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { Invitations } from './invitations.tsx'
import { rolesFor } from './roles.ts'

/** The operators of the organization, their roles, and those who are invited. */
export function TeamTab() {
  const { organization } = useApp()
  const { id: self } = useOperator()
  const members = useAppQuery(['operators'], (api, signal) => api.listOperators({ signal }))
  const [removed, setRemoved] = useState<Member>()
  const changing = useChangeRole()
  if (members.error !== null) return <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />
  const columns: readonly Column<Member>[] = [
    { id: 'name', title: 'Name', cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'email', title: 'E-mail', cell: ({ email }) => email },
    {
      id: 'role',
      title: 'Role',
      cell: (member) => (
        <RoleChoice
          member={member}
          busy={changing.isPending}
          onChange={(role) => changing.mutate({ id: member.id, role })}
        />
      ),
    },
    { id: 'factor', title: 'Second factor', cell: ({ twoFactorEnabled }) => <SecondFactor on={twoFactorEnabled} /> },
    { id: 'createdAt', title: 'Joined', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'actions',
      title: 'Actions',
      cell: (member) => <RemoveButton name={member.name} own={member.id === self} onClick={() => setRemoved(member)} />,
    },
  ]
  return (
    <div className="flex max-w-4xl flex-col gap-8">
      <Section title="Operators" about={`Everybody here sees all apps of ${organization.name}.`}>
        <div className="flex flex-col gap-3">
          {changing.error !== null && <ErrorNotice error={changing.error} />}
          <Table
            label="Operators"
            columns={columns}
            rows={members.data?.data}
            keyOf={({ id }) => id}
            skeletonRows={2}
            empty={null}
          />
        </div>
      </Section>
      <Invitations />
      <Remove member={removed} own={removed?.id === self} onClose={() => setRemoved(undefined)} />
    </div>
  )
}

function useChangeRole() {
  const api = useApi()
  const changed = useChanged()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) =>
      api.changeRoleOfOperator({ params: { id }, body: { role } }),
    onSuccess: async () => {
      // It may have been their own.
      await Promise.all([changed('operators'), queries.invalidateQueries({ queryKey: operatorQuery.queryKey })])
      say('Role changed')
    },
  })
}

function Remove({
  member,
  own,
  onClose,
}: {
  readonly member: Member | undefined
  readonly own: boolean
  readonly onClose: () => void
}) {
  const { organization } = useApp()
  const api = useApi()
  const changed = useChanged()
  return (
    <ConfirmDialog
      open={member !== undefined}
      onClose={onClose}
      title={own ? `Leave ${organization.name}` : `Remove ${member?.name}`}
      word={member?.email ?? ''}
      action={own ? 'Leave the organization' : 'Remove the operator'}
      onConfirm={async () => {
        await api.removeOperator({ params: { id: member?.id ?? '' } })
        say(own ? `You have left ${organization.name}` : 'Operator removed')
        await changed('operators')
      }}
    >
      {own
        ? `You lose sight of all apps of ${organization.name} at once. API keys that you made go on working. Others can invite you again.`
        : `They lose sight of all apps of ${organization.name} at once. API keys that they made go on working. You can invite them again.`}
    </ConfirmDialog>
  )
}

function SecondFactor({ on }: { readonly on: boolean }) {
  return <Badge tone={on ? 'ok' : 'plain'}>{on ? 'on' : 'off'}</Badge>
}

function RemoveButton({
  name,
  own,
  onClick,
}: {
  readonly name: string
  readonly own: boolean
  readonly onClick: () => void
}) {
  const verb = own ? 'Leave' : 'Remove'
  return (
    <Button look="quiet" className="-ml-3 h-7!" onClick={onClick} aria-label={`${verb}: ${name}`}>
      {verb}
    </Button>
  )
}

/** The role, to be changed by whoever may give it. */
function RoleChoice({
  member,
  busy,
  onChange,
}: {
  readonly member: Member
  readonly busy: boolean
  readonly onChange: (role: Role) => void
}) {
  const { organization } = useApp()
  const roles = rolesFor(organization.role)
  if (!roles.includes(member.role)) return member.role
  return (
    <Select
      aria-label={`Role of ${member.name}`}
      className="h-7! w-32"
      value={member.role}
      disabled={busy}
      onChange={({ target }) => onChange(target.value as Role)}
    >
      {roles.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </Select>
  )
}
