import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { eventTypes } from '../../src/core/event-types.ts'
import { useServerDatabases } from '../helpers/database.ts'
import {
  cleanUpProcesses,
  type FacetProcess,
  freePort,
  newFolder,
  runCli,
  sandboxOf,
  startCli,
  startFacet,
} from '../helpers/facet-process.ts'
import { type Answer, accept, openReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts'

cleanUpProcesses()
const newDatabase = useServerDatabases()
const receivers: WebhookReceiver[] = []
afterEach(async () => void (await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))))

interface Told {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly profileId: string | null
  readonly actor: object
}

type Env = Record<string, string>

/** The settings of a server with a database of its own, which is quicker than an embedded one for each command. */
async function newServer(): Promise<Env & { FACET_DATA_DIR: string }> {
  return {
    DATABASE_URL: await newDatabase(),
    FACET_DATA_DIR: newFolder(),
    FACET_PORT: '0',
    FACET_LOG_LEVEL: 'error',
  }
}

async function newReceiver(answer: Answer = accept): Promise<WebhookReceiver> {
  const receiver = await openReceiver(answer)
  receivers.push(receiver)
  return receiver
}

/** What a pattern finds in what a process said, once it said it; `times`: the last of so many. */
async function said(process: FacetProcess, pattern: RegExp, times = 1): Promise<RegExpMatchArray> {
  const ended = process.ended()
  for (;;) {
    const found = [...(process.output.stdout + process.output.stderr).matchAll(new RegExp(pattern, 'g'))]
    const match = found[times - 1]
    if (match !== undefined) return match
    const { stdout, stderr } = process.child
    const next = await Promise.race([once(stdout as never, 'data'), once(stderr as never, 'data'), ended])
    if (!Array.isArray(next)) throw new Error(`It ended: ${JSON.stringify(next)} ${process.output.stderr}`)
  }
}

async function trigger(type: string, env: Env): Promise<{ id: string; type: string; subjectId: string }> {
  const { code, stdout, stderr } = await runCli(['trigger', type, '--json'], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('facet listen', () => {
  it('prints and forwards what facet trigger makes, signed with the secret that it prints, in order', async () => {
    const env = await newServer()
    const url = await startFacet(env).ready()
    const receiver = await newReceiver((got, response) => {
      response.writeHead(got.body.includes('api_key.created') ? 500 : 204).end()
    })
    await trigger('profile.created', env)
    const hook = `http://${receiver.host}/hook?a=b`
    const listener = startCli(['listen', '--forward-to', hook, '--types', 'profile.*,api_key.created'], env)
    await said(listener, new RegExp(`Listening to ${url}`))
    const [, secret = ''] = await said(listener, /signed with (whsec_\S+)/)
    const made = [
      await trigger('profile.email_changed', env),
      await trigger('app.created', env),
      await trigger('api_key.created', env),
      await trigger('wallet.created', env),
      await trigger('profile.deleted', env),
    ]
    await receiver.until(() => receiver.received.length === 5)
    await said(listener, / {2}-> /, 5)
    const got = receiver.received.map(({ body, headers }) => {
      expect(headers['content-type']).toBe('application/json')
      return new Webhook(secret).verify(body, headers as Record<string, string>) as Told
    })
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(5).fill('/hook?a=b'))
    const types = 'profile.created profile.email_changed api_key.created profile.created profile.deleted'
    expect(got.map(({ type }) => type)).toEqual(types.split(' '))
    expect([got[1]?.id, got[2]?.id, got[4]?.id]).toEqual([made[0]?.id, made[2]?.id, made[4]?.id])
    expect(got[4]).toMatchObject({
      profileId: made[4]?.subjectId,
      actor: { kind: 'operator', id: 'command-line' },
    })
    const lines = listener.output.stdout.trimEnd().split('\n').slice(2)
    expect(lines.filter((_, index) => index % 2 === 0).map((line) => line.split('  ').slice(1))).toEqual(
      got.map((event) => [`#${event.sequence}`, event.type, event.profileId ?? made[2]?.subjectId]),
    )
    expect(lines.map((line) => /^ {2}-> (\d+) \(\d+ ms\)$/.exec(line)?.[1]).filter(Boolean)).toEqual(
      '204 204 500 204 204'.split(' '),
    )
    expect(await listener.end('SIGINT')).toEqual({ code: 130, signal: null })
    expect(listener.output.stderr).toBe('')
  }, 120_000)

  it('misses nothing and repeats nothing over a restart of the server, also on another port', async () => {
    const env = await newServer()
    const first = startFacet(env)
    await first.ready()
    const receiver = await newReceiver()
    // Not of all types: what the first start makes may get its numbers while the command starts.
    const args = ['listen', '--json', '--types', 'profile.created', '--forward-to', `http://${receiver.host}/`]
    const listener = startCli(args, env)
    await said(listener, /Listening to/)
    const made = [await trigger('profile.created', env)]
    await receiver.until(() => receiver.received.length >= 1)
    expect((await first.end('SIGKILL')).signal).toBe('SIGKILL')
    await said(listener, /Connection lost: /)
    made.push(await trigger('profile.created', env), await trigger('profile.created', env))
    const url = await startFacet(env).ready()
    await said(listener, new RegExp(`Listening to ${url}`))
    made.push(await trigger('profile.created', env))
    await receiver.until(() => receiver.received.length >= made.length)
    await said(listener, / {2}-> 204/, made.length)
    const sent = receiver.received.map(({ body }) => JSON.parse(body) as Told)
    expect(sent.map(({ id }) => id)).toEqual(made.map(({ id }) => id))
    const printed = listener.output.stdout.trimEnd().split('\n')
    expect(printed).toEqual(receiver.received.map(({ body }) => body))
    const firstSequence = sent[0]?.sequence ?? 0
    expect(sent.map(({ sequence }) => sequence - firstSequence)).toEqual([0, 1, 2, 3])
    await listener.end('SIGTERM')
  }, 120_000)

  it('a forward that fails is told and not repeated, and the next event goes on', async () => {
    const env = await newServer()
    await startFacet(env).ready()
    const receiver = await newReceiver((_got, response) => {
      if (receiver.received.length === 1) response.destroy()
      else response.writeHead(200).end('fine')
    })
    const args = ['listen', '--types', 'webhook_endpoint.*', '--forward-to', `http://${receiver.host}/`]
    const listener = startCli(args, env)
    await said(listener, /Listening to/)
    await trigger('webhook_endpoint.tested', env)
    await said(listener, / {2}-> failed: \S+/)
    await trigger('webhook_endpoint.disabled', env)
    await said(listener, / {2}-> 200 /)
    expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual([
      'webhook_endpoint.tested',
      'webhook_endpoint.disabled',
    ])
  }, 120_000)

  it('says plainly when there is no sandbox.json, no server or no valid secret, and ends with 1', async () => {
    const env = await newServer()
    const file = join(env.FACET_DATA_DIR, 'sandbox.json')
    expect(await runCli(['listen'], env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `There is no ${file}: facet start makes it. For a server with another data folder set FACET_DATA_DIR, or give --url and --secret\n`,
    })
    writeFileSync(file, '{}')
    expect(await runCli(['listen'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('start the server again'),
    })
    rmSync(file)
    const nobody = `http://127.0.0.1:${await freePort()}`
    const absent = await runCli(['listen', '--url', nobody, '--secret', 'sk_sandbox_x'], env)
    expect(absent).toMatchObject({ code: 1, stderr: `No server answers at ${nobody}: facet start starts one\n` })
    await startFacet(env).ready()
    const refused = await runCli(['listen', '--secret', 'sk_sandbox_x'], env)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('refuses the secret') })
    const { url, secret } = sandboxOf(env.FACET_DATA_DIR)
    const elsewhere = startCli(['listen', '--url', `${url}/`, '--secret', secret], { FACET_DATA_DIR: newFolder() })
    await said(elsewhere, /Listening to/)
  }, 120_000)

  it('answers a line that it does not understand with its mistake, and ends with 2', async () => {
    const lines = [
      ['listen', 'here'],
      ['listen', '--forward-to', 'localhost:3000'],
      ['listen', '--forward-to', 'http://user:secret@localhost:3000/'],
      ['listen', '--url', 'ftp://localhost', '--secret', 'x'],
      ['listen', '--types', 'profile.made'],
      ['listen', '--app', '01900000-0000-7000-8000-000000000000'],
      ['listen', '--url', 'http://localhost:4000', '--secret', '-'],
      ['trigger', 'profile.created', '--types', 'profile.created'],
      ['apps', 'list', '--mode', 'live'],
      ['keys', 'revoke', 'id', '--scopes', 'events:read'],
      ['migrate', '--app', '01900000-0000-7000-8000-000000000000'],
      ['start', '--url', 'http://localhost:4000'],
      ['doctor', '--mode', 'live'],
    ]
    for (const args of lines) {
      const { code, stderr } = await runCli(args, { FACET_DATA_DIR: newFolder() })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toContain('See facet --help')
      expect(stderr).not.toContain('user:secret')
    }
  }, 60_000)
})

describe('facet trigger', () => {
  it('lists the types, also beside one that it does not know', async () => {
    const env = { FACET_DATA_DIR: newFolder() }
    const listed = JSON.parse((await runCli(['trigger', '--json'], env)).stdout)
    expect(listed.map(({ type }: Told) => type)).toEqual(eventTypes)
    const unknown = await runCli(['trigger', 'profile.made'], env)
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining(eventTypes.join(', ')) })
  })

  it('makes events in sandbox apps only', async () => {
    const env = await newServer()
    await runCli(['migrate'], env)
    const appOf = async (mode: string) =>
      JSON.parse((await runCli(['apps', 'create', 'Shop', '--mode', mode, '--json'], env)).stdout).id
    const [live, sandbox] = [await appOf('live'), await appOf('sandbox')]
    const refused = await runCli(['trigger', 'profile.created', '--app', live], env)
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is live') })
    expect(await runCli(['trigger', 'profile.created', '--app', sandbox], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Made the event \S+, profile\.created about \S+\n$/),
    })
  })
})
