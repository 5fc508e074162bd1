import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Ctx } from '../../src/core/context.ts'
import { sendMail } from '../../src/core/mail/mail.service.ts'
import { inTx } from '../../src/core/transactions.ts'
import { createCredentialsKey } from '../../src/infra/keys/credentials-key.ts'
import { useDatabase } from '../helpers/database.ts'
import {
  childrenOf,
  cleanUpProcesses,
  type FacetProcess,
  freePort,
  newFolder,
  runCli,
  startFacet,
} from '../helpers/facet-process.ts'
import { type MailServer, type MailServerOptions, openMailServer, SmtpAnswer } from '../helpers/mail-server.ts'

const servers: MailServer[] = []
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))))
cleanUpProcesses()
const database = useDatabase()
const master = randomBytes(32)
const custody = randomBytes(32)
const password = 'correct-horse'

async function openServer(options: MailServerOptions): Promise<MailServer> {
  const server = await openMailServer({ password, ...options })
  servers.push(server)
  return server
}

const smtpTo = (port: number) => ({
  SMTP_URL: `smtp://facet:${password}@127.0.0.1:${port}`,
  FACET_MAIL_FROM: 'Facet <noreply@facet.example.com>',
})

/** The real server, with its worker, on the file's database. */
async function start(port: number): Promise<FacetProcess> {
  const { address } = database
  const databaseUrl =
    'connectionString' in address
      ? address.connectionString
      : `postgres://${address.user}:${address.password}@localhost:${address.port}/${address.database}?host=${encodeURIComponent(address.host)}`
  const facet = startFacet({
    DATABASE_URL: databaseUrl,
    FACET_MASTER_KEY: master.toString('hex'),
    FACET_CUSTODY_KEY: custody.toString('hex'),
    FACET_DATA_DIR: newFolder(),
    FACET_PORT: '0',
    FACET_LOG_LEVEL: 'info',
    ...smtpTo(port),
  })
  await facet.ready()
  return facet
}

/** An app as the API's process sees it. */
async function newSender(): Promise<Ctx> {
  return { ...(await database.newApp('live')), keys: createCredentialsKey(master), sendsMail: true }
}

const write = (ctx: Ctx, subject: string, to = 'ada@example.org') =>
  inTx(ctx, (tx) => sendMail(tx, { to, subject, text: 'It is 123456.' }))

const subjectsOf = ({ received }: MailServer) => received.map(({ headers }) => headers.subject)

/** Resolves once the queue holds no mail any more. */
async function emptied({ db }: Ctx): Promise<void> {
  const count = () => db.query(`select from graphile_worker.jobs where task_identifier = 'send_mail'`, [])
  await expect.poll(count, { timeout: 20_000, interval: 50 }).toEqual([])
}

/** Ends the server, and sees that nothing that it wrote tells of mails or of the password. */
async function endQuietly(facet: FacetProcess): Promise<string> {
  expect((await facet.end('SIGTERM')).code).toBe(0)
  const said = facet.output.stdout + facet.output.stderr
  for (const hidden of ['ada@', 'example.org', 'It is 123456', password]) expect(said).not.toContain(hidden)
  return said
}

describe('the worker of facet start', () => {
  it('sends each mail once, also when the server first answers 4xx, and drops what is refused for good', async () => {
    const busy = new Set<string>()
    const server = await openServer({
      onRecipient(address) {
        if (address.startsWith('nobody')) throw new SmtpAnswer(550, `<${address}>: no such person`)
        if (!address.startsWith('busy') || busy.has(address)) return
        busy.add(address)
        throw new SmtpAnswer(451, `<${address}>: come back`)
      },
    })
    const ctx = await newSender()
    await write(ctx, 'Before the start')
    const facet = await start(server.port)
    await write(ctx, 'Busy', 'busy@example.org')
    await write(ctx, 'Nobody', 'nobody@example.org')
    await write(ctx, 'After all')
    await emptied(ctx)
    expect(subjectsOf(server).toSorted()).toEqual(['After all', 'Before the start', 'Busy'])
    const said = await endQuietly(facet)
    const dropped = said.split('\n').filter((line) => line.includes('A mail was refused for good and is dropped'))
    expect(dropped).toHaveLength(1)
    expect(JSON.parse(dropped[0] ?? '')).toMatchObject({
      appId: ctx.appId,
      mailId: expect.any(String),
      reason: 'RCPT TO was answered with 550',
    })
  }, 60_000)

  it('sends what was written while no mail server answered, and doctor finds both', async () => {
    const port = await freePort()
    const ctx = await newSender()
    const facet = await start(port)
    await write(ctx, 'Late')
    await expect
      .poll(() => facet.output.stdout, { timeout: 20_000 })
      .toContain('The mail was not taken: connect ECONNREFUSED')
    const examine = async () => {
      const { stdout, stderr } = await runCli(['doctor', '--json'], { FACET_DATA_DIR: newFolder(), ...smtpTo(port) })
      expect(stdout + stderr).not.toContain(password)
      return JSON.parse(stdout).findings.filter(({ what }: { what: string }) => what.includes('SMTP_URL'))
    }
    expect(await examine()).toEqual([
      {
        what: 'The mail server of SMTP_URL does not answer',
        ok: false,
        mend: expect.stringMatching(/^connect ECONNREFUSED .*dropped after three hours$/),
      },
    ])
    const server = await openServer({ port })
    expect(await examine()).toEqual([{ what: 'The mail server of SMTP_URL answers', ok: true }])
    await server.until(() => server.received.length > 0)
    await emptied(ctx)
    expect(subjectsOf(server)).toEqual(['Late'])
    await endQuietly(facet)
  }, 60_000)

  it('sends within a minute what it had in hand when it was killed, and what is behind it', async () => {
    let hangs = true
    const server = await openServer({ onMail: () => (hangs ? new Promise(() => {}) : undefined) })
    const ctx = await newSender()
    const facet = await start(server.port)
    await write(ctx, 'In hand')
    await write(ctx, 'Behind it')
    await server.until(() => server.offered === 1)
    const [worker = 0] = childrenOf(facet.pid)
    hangs = false
    process.kill(worker, 'SIGKILL')
    await server.until(() => server.received.length === 2)
    await emptied(ctx)
    expect(subjectsOf(server)).toEqual(['In hand', 'Behind it'])
    const ids = server.received.map(({ headers }) => headers['message-id'])
    expect(new Set(ids).size).toBe(2)
    expect(await endQuietly(facet)).toContain('Freed the jobs of a runner that is gone')
  }, 60_000)

  it('stops in time while a mail hangs, which is sent by the next', async () => {
    let hangs = true
    const server = await openServer({ onMail: () => (hangs ? new Promise(() => {}) : undefined) })
    const ctx = await newSender()
    const facet = await start(server.port)
    await write(ctx, 'Hanging')
    await server.until(() => server.offered === 1)
    const stoppedAt = Date.now()
    await endQuietly(facet)
    // Past 10 s the worker would have been killed, and the mail would wait for its jobs to be freed.
    expect(Date.now() - stoppedAt).toBeLessThan(9_500)
    hangs = false
    const next = await start(server.port)
    await server.until(() => server.received.length === 1)
    await emptied(ctx)
    expect(subjectsOf(server)).toEqual(['Hanging'])
    expect(await endQuietly(next)).not.toContain('Freed the jobs')
  }, 60_000)
})
