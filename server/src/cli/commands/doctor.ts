import { access, constants, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Config, ConfigError, readConfig, readCustodyConfig, unknownSettings } from '../../config.ts'
import { withSetupLock } from '../../infra/db/migrate.ts'
import { filesPlace, findFilesTrouble } from '../../infra/files/open-files.ts'
import { type Installation, NotSetUpError, openInstallation } from '../../infra/installation/installation.ts'
import { openCustodyKey } from '../../infra/installation/open-custody-key.ts'
import { StartError } from '../../infra/installation/start-error.ts'
import { createLog } from '../../infra/log.ts'
import { findSmtpTrouble } from '../../infra/mail/mailer.ts'
import { untilStopSignal } from '../../infra/process/signals.ts'
import { findRedisTrouble } from '../../infra/redis.ts'
import { type Flags, print } from '../terminal.ts'

/** One thing looked at. `mend` is there when something is to be done about it. */
interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly mend?: string
}

/** `facet doctor`: looks at the settings, the data folder, the port, the database, the custody key, Redis, the mail server and the place of files. Exit code 1 when something is wrong. */
export async function doctorCommand(_words: string[], flags: Flags): Promise<void> {
  const findings = await examine()
  const healthy = findings.every((finding) => finding.ok)
  const lines = findings.map(
    ({ what, ok, mend }) => `${ok ? 'ok   ' : 'WRONG'}  ${what}${mend ? `\n       ${mend}` : ''}`,
  )
  print(flags, { healthy, findings }, lines)
  if (!healthy) process.exitCode = 1
}

async function examine(): Promise<Finding[]> {
  const runtime = checkRuntime()
  try {
    const config = readConfig()
    const settings = [{ what: 'The settings are valid', ok: true }, ...misspelt()]
    const database = await checkDatabase(config)
    return [
      runtime,
      ...settings,
      ...(await checkDataDir(config)),
      await checkPort(config),
      ...database,
      ...(await checkRedis(config)),
      ...(await checkMail(config)),
      await checkFiles(config),
    ]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [
      runtime,
      ...error.mistakes.map((mend) => ({ what: 'A setting is not valid', ok: false, mend })),
      ...misspelt(),
    ]
  }
}

function checkRuntime(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 24
  return ok
    ? { what: `Node ${process.versions.node}`, ok }
    : { what: `Node ${process.versions.node} is too old`, ok, mend: 'Start Facet with npm start, which brings Node 24' }
}

function misspelt(): Finding[] {
  const mend = 'No setting has this name: see docs/configuration.md'
  return unknownSettings().map((name) => ({ what: `${name} is set and never read`, ok: false, mend }))
}

async function checkDataDir({ dataDir }: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    await access(dataDir, constants.R_OK | constants.W_OK)
    findings.push({ what: `The data folder ${dataDir} is there and can be written`, ok: true })
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    findings.push(
      missing
        ? { what: `The data folder ${dataDir} is not there yet; the first start makes it`, ok: true }
        : {
            what: `The data folder ${dataDir} cannot be written`,
            ok: false,
            mend: 'Give it to this user, or set FACET_DATA_DIR',
          },
    )
  }
  for (const name of ['sandbox.json', 'master.key', 'custody.key', 'postgres.json']) {
    const file = join(dataDir, name)
    const mode = await stat(file).then(
      (stats) => stats.mode & 0o777,
      () => undefined,
    )
    if (mode === undefined || (mode & 0o077) === 0) continue
    findings.push({ what: `${file} can be read by others`, ok: false, mend: `chmod 600 ${file}` })
  }
  return findings
}

async function checkPort({ host, port }: Config): Promise<Finding> {
  const answers = await fetch(`http://${host}:${port}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  )
  if (answers) return { what: `A server answers on ${host}:${port}`, ok: true }
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const mend =
        error.code === 'EADDRINUSE' ? 'Stop the other program, or set FACET_PORT' : 'Set FACET_HOST or FACET_PORT'
      resolve({ what: `${host}:${port} cannot be listened on (${error.code})`, ok: false, mend })
    })
    probe.listen({ host, port }, () => probe.close(() => resolve({ what: `${host}:${port} is free`, ok: true })))
  })
}

async function checkDatabase(config: Config): Promise<Finding[]> {
  const what = config.databaseUrl === undefined ? 'The embedded PostgreSQL' : 'The PostgreSQL of DATABASE_URL'
  if (config.databaseUrl === undefined && !(await hasCluster(config.dataDir))) {
    return [{ what: `${what} is not made yet: the first start makes it`, ok: true }]
  }
  const quiet = { log: createLog('silent'), say: () => {}, role: 'visitor', prepares: false } as const
  try {
    const custody = await untilStopSignal(async (signal) => {
      const installation = await openInstallation({ config, ...quiet, signal })
      return checkCustody(config, installation).finally(() => installation.close())
    })
    return [{ what: `${what} works, is up to date, and the master key is its own`, ok: true }, custody]
  } catch (error) {
    if (error instanceof NotSetUpError) {
      return [
        { what: `${what} works, and is not set up yet`, ok: true, mend: 'facet start or facet migrate sets it up' },
      ]
    }
    return [{ what: `${what} does not work`, ok: false, mend: reasonOf(error) }]
  }
}

async function checkCustody({ dataDir }: Config, { address, db }: Installation): Promise<Finding> {
  const [stored] = await db.query<{ id: string | null }>('select custody_key_id as id from installation', [])
  if (stored?.id === null) return { what: 'There is no custody key yet: the first start makes it', ok: true }
  try {
    const options = { dataDir, custody: readCustodyConfig(), makes: false, bearsOutage: false }
    await withSetupLock(address, (client) => openCustodyKey(client, options))
    return { what: `The custody key is the database's own: ${stored?.id}`, ok: true }
  } catch (error) {
    return { what: 'The custody key cannot be used', ok: false, mend: reasonOf(error) }
  }
}

/** Only a StartError, and a mistake in the settings, is known to repeat nothing secret. */
function reasonOf(error: unknown): string {
  if (error instanceof StartError || error instanceof ConfigError) return error.message
  return `It failed for a reason unforeseen (${nameOf(error)})`
}

async function checkRedis({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === undefined) return []
  const trouble = await findRedisTrouble(redisUrl)
  if (trouble === undefined) return [{ what: 'The Redis of REDIS_URL answers', ok: true }]
  const mend = `${trouble}. Until it answers, each node counts requests for itself`
  return [{ what: 'The Redis of REDIS_URL does not answer', ok: false, mend }]
}

async function checkMail({ smtpUrl }: Config): Promise<Finding[]> {
  if (smtpUrl === undefined) return []
  const trouble = await findSmtpTrouble(smtpUrl)
  if (trouble === undefined) return [{ what: 'The mail server of SMTP_URL answers', ok: true }]
  const mend = `${trouble}. Until it answers, mails wait, and each is dropped after three hours`
  return [{ what: 'The mail server of SMTP_URL does not answer', ok: false, mend }]
}

async function checkFiles(config: Config): Promise<Finding> {
  const place = filesPlace(config)
  const name = 'folder' in place ? place.folder : `the bucket ${place.s3.bucket} of S3_BUCKET`
  // Made by this command it could become another user's than the server's.
  if ('folder' in place && (await isMissing(place.folder))) {
    return { what: `Files are kept in ${name}, which the first one makes`, ok: true }
  }
  const trouble = await findFilesTrouble(place)
  if (trouble === undefined) return { what: `Files are kept in ${name}: one was put, read and removed there`, ok: true }
  return { what: `Files cannot be kept in ${name}`, ok: false, mend: trouble }
}

async function isMissing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

/** Whether a start has made the embedded cluster: opening it would make it otherwise. */
async function hasCluster(dataDir: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8'))
    return record?.clusterMadeAt !== null
  } catch (error) {
    // A record that is there and cannot be read is for the opening to explain.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

function nameOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException
  return code ?? name
}
