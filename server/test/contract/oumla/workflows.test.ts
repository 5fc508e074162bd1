import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, errors, expectError, type Face, faces, isoMs, list, printedFaces } from './faces.ts'
import { generateWallet, newProfile, useMaker } from './wallet-calls.ts'

const database = useDatabase()
const api = useApi(database)
const make = useMaker(database)
const [seedFace] = printedFaces as [Face]

let tenant: TestTenant
let reference: string
beforeAll(async () => {
  tenant = await api.newTenant()
})
beforeEach(async () => {
  reference = await newProfile(api, seedFace, tenant)
})

/** Asks for a wallet of the profile; gives the workflow and when it began. */
async function begin(): Promise<{ readonly id: string; readonly startTime: string }> {
  const answer = await generateWallet(api, seedFace, tenant, reference)
  return { id: String(answer.headers['x-workflow-id']), startTime: answer.json().data.date }
}

describe.each(faces)('$name', (face) => {
  const path = (id: string) => at(face, `/api/v1/workflows/${id}/status`)
  const status = (id: string, secret = tenant.apiKey.secret) => list(api, path(id), secret)

  it('200: RUNNING until the wallet is there', async () => {
    const { id, startTime } = await begin()
    const response = await status(id)
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).toBe(
      `{"workflowId":"${id}","runId":"${id}","status":"RUNNING","startTime":"${startTime}","closeTime":null,` +
        `"executionTime":"${startTime}","historyLength":1,"result":null,"error":null}`,
    )
  })

  it('200: COMPLETED with the wallet when it is there', async () => {
    const { id, startTime } = await begin()
    await make(tenant)
    const { data } = (await list(api, at(face, `/api/v1/wallets/profile/${reference}`), tenant.apiKey.secret)).json()
    const response = await status(id)
    const { closeTime } = response.json()
    expect(closeTime).toMatch(isoMs)
    expect(Date.parse(closeTime)).toBeGreaterThanOrEqual(Date.parse(startTime))
    expect(response.body).toBe(
      `{"workflowId":"${id}","runId":"${id}","status":"COMPLETED","startTime":"${startTime}",` +
        `"closeTime":"${closeTime}","executionTime":"${startTime}","historyLength":2,` +
        `"result":{"walletId":"${data[0].id}"},"error":null}`,
    )
  })

  it('200: FAILED, and why, when the profile was deleted before', async () => {
    const { id, startTime } = await begin()
    const headers = { authorization: `Bearer ${tenant.apiKey.secret}` }
    await api.server.inject({ method: 'DELETE', url: `/facet/v1/profiles/reference:${reference}`, headers })
    await make(tenant)
    const response = await status(id)
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({
      ...{ workflowId: id, runId: id, status: 'FAILED', startTime, closeTime: expect.stringMatching(isoMs) },
      ...{ executionTime: startTime, historyLength: 2, result: null },
      error: 'The profile was deleted before its wallet was made.',
    })
  })

  it('403: needs profiles:read', async () => {
    const { id } = await begin()
    const { secret } = await api.newKey(tenant, ['wallets:write', 'profiles:write'])
    expectError(await status(id, secret), path(id), errors.forbidden)
  })

  it('404: one that is not there, is another app’s, or has no possible id', async () => {
    const { id } = await begin()
    const other = await api.newTenant()
    expectError(await status(id, other.apiKey.secret), path(id), errors.notFound)
    for (const unknown of ['01900000-0000-7000-8000-000000000000', 'w1', '%00', `${id}0`]) {
      expectError(await status(unknown), path(unknown), errors.notFound)
    }
  })
})
