import type { Workflow } from '../../core/wallets/wallets.types.ts'
import type { WorkflowAnswer } from './wallet-schemas.ts'

const statuses = { running: 'RUNNING', completed: 'COMPLETED', failed: 'FAILED' } as const satisfies Record<
  Workflow['state'],
  string
>

const failures = {
  profile_gone: 'The profile was deleted before its wallet was made.',
} as const satisfies Record<NonNullable<Workflow['failure']>, string>

/** A workflow runs once, at once: it is its own run. Its history is that it was asked for, and that it ended. */
export function toWorkflowAnswer(workflow: Workflow): WorkflowAnswer {
  const { id, state, walletId, failure, requestedAt, closedAt } = workflow
  const startTime = requestedAt.toISOString()
  return {
    workflowId: id,
    runId: id,
    status: statuses[state],
    startTime,
    closeTime: closedAt === null ? null : closedAt.toISOString(),
    executionTime: startTime,
    historyLength: closedAt === null ? 1 : 2,
    result: walletId === null ? null : { walletId },
    error: failure === null ? null : failures[failure],
  }
}
