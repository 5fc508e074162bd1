import { describe, expect, it } from 'vitest'
import {
  cleanUpProcesses,
  freePort,
  newFolder,
  runCli,
  sandboxOf,
  startedFolder,
  startFacet,
} from '../helpers/facet-process.ts'

cleanUpProcesses()

const quiet = { FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }

/** A request to a server's sign-in, as a page of its console makes it. */
async function ask(url: string, path: string, body: object, cookie = '') {
  const headers = { origin: url, 'content-type': 'application/json', cookie }
  const answer = await fetch(`${url}/console/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  return { status: answer.status, cookie: cookies.join('; '), body: await answer.json() }
}

const tokenIn = (text: string, page: string) =>
  new RegExp(`^http://127\\.0\\.0\\.1:\\d+/console/${page}#token=([\\w-]{43})$`, 'm').exec(text)?.[1] ?? ''

describe('the operator of the sandbox', () => {
  it('signs in with what sandbox.json says, which says no password once that was changed, and until then the same one', async () => {
    const dataDir = newFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir, FACET_PORT: String(await freePort()) }
    const first = startFacet(env)
    const url = await first.ready()
    const { operatorEmail: email, operatorPassword: password, organizationId, appId } = sandboxOf(dataDir)
    expect(email).toBe('developer@sandbox.local')
    await first.end('SIGTERM')

    const second = startFacet(env)
    await second.ready()
    expect(sandboxOf(dataDir).operatorPassword).toBe(password)
    const { status, cookie } = await ask(url, '/sign-in/email', { email, password })
    expect(status).toBe(200)
    const me = await (await fetch(`${url}/facet/v1/operator`, { headers: { cookie } })).json()
    expect(me).toMatchObject({ organizations: [{ id: organizationId, role: 'owner', apps: [{ id: appId }] }] })
    const change = { currentPassword: password, newPassword: 'eight blue lanterns' }
    expect((await ask(url, '/change-password', change, cookie)).status).toBe(200)
    await second.end('SIGTERM')

    await startFacet(env).ready()
    expect(Object.keys(sandboxOf(dataDir))).toEqual([
      'url',
      'organizationId',
      'appId',
      'key',
      'secret',
      'operatorEmail',
    ])
    expect((await ask(url, '/sign-in/email', { email, password: change.newPassword })).status).toBe(200)
  })
})

describe('a production start without an operator', () => {
  it('prints a link that makes the first one, and prints none when there is one', async () => {
    const dataDir = newFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir, FACET_PORT: String(await freePort()), NODE_ENV: 'production' }
    const first = startFacet(env)
    const url = await first.ready()
    await expect.poll(() => tokenIn(first.output.stdout, 'set-up')).not.toBe('')
    const token = tokenIn(first.output.stdout, 'set-up')
    expect((await ask(url, '/link', { token })).body).toMatchObject({ kind: 'setup', organization: null })
    const owner = {
      name: 'Olga',
      email: 'olga@example.com',
      password: 'seven green lanterns',
      organization: 'Lanterns',
    }
    expect((await ask(url, '/accept', { token, ...owner })).body).toEqual({ email: owner.email, signedIn: true })
    expect((await ask(url, '/accept', { token, ...owner })).status).toBe(404)
    await first.end('SIGTERM')

    const second = startFacet(env)
    await second.ready()
    expect(second.output.stdout).not.toContain('#token=')
    expect((await ask(url, '/sign-in/email', owner)).status).toBe(400)
    const { email, password } = owner
    expect((await ask(url, '/sign-in/email', { email, password })).status).toBe(200)
  })
})

describe('facet operators', () => {
  it('lists operators, invites them and resets their passwords, beside a running server', async () => {
    const dataDir = await startedFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir, FACET_PORT: String(await freePort()) }
    const url = await startFacet(env).ready()
    const invited = await runCli(['operators', 'invite', 'Ada@example.com', '--role', 'viewer'], env)
    const token = tokenIn(invited.stdout, 'accept')
    const password = 'seven green lanterns'
    expect((await ask(url, '/accept', { token, name: 'Ada', password })).status).toBe(200)
    const { cookie } = await ask(url, '/sign-in/email', { email: 'ada@example.com', password })
    const listed = JSON.parse((await runCli(['operators', 'list', '--json'], env)).stdout)
    expect(listed).toMatchObject([
      { email: 'developer@sandbox.local', organizations: [{ role: 'owner' }] },
      { email: 'ada@example.com', name: 'Ada', organizations: [{ role: 'viewer' }] },
    ])
    expect(JSON.stringify(listed)).not.toContain('argon2')

    const reset = await runCli(['operators', 'reset', 'ada@example.com', '--two-factor'], env)
    expect((await fetch(`${url}/facet/v1/operator`, { headers: { cookie } })).status).toBe(401)
    const renewed = { token: tokenIn(reset.stdout, 'reset'), password: 'eight blue lanterns' }
    expect((await ask(url, '/accept', renewed)).body).toEqual({ email: 'ada@example.com', signedIn: true })
    expect(await runCli(['operators', 'reset', 'nobody@example.com'], env)).toMatchObject({ code: 2 })
    expect(await runCli(['operators', 'invite', 'a@example.com', '--role', 'king'], env)).toMatchObject({ code: 2 })
  })
})
