import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { getWorkflow } from '../../../core/wallets/workflows.service.ts'
import { errorAnswers } from '../schemas.ts'
import { WorkflowAnswer, WorkflowParams } from '../wallet-schemas.ts'
import { toWorkflowAnswer } from '../workflow-mappers.ts'

/** `/api/v1/workflows` (contracts/oumla.md 0.3). */
export async function workflowRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/api/v1/workflows/:workflowId/status',
    {
      schema: {
        summary: 'Get the status of a workflow',
        params: WorkflowParams,
        response: { 200: WorkflowAnswer, ...errorAnswers },
      },
    },
    async ({ ctx, params }) => toWorkflowAnswer(await getWorkflow(ctx, params.workflowId)),
  )
}
