import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { DomainFault } from '../core/errors.ts'
import { runOrExplain } from '../infra/process/explain.ts'
import { start } from '../main.ts'
import { appsCommand } from './commands/apps.ts'
import { custodyCommand } from './commands/custody.ts'
import { doctorCommand } from './commands/doctor.ts'
import { keysCommand } from './commands/keys.ts'
import { listenCommand } from './commands/listen.ts'
import { migrateCommand } from './commands/migrate.ts'
import { operatorsCommand } from './commands/operators.ts'
import { passwordsCommand } from './commands/passwords.ts'
import { triggerCommand } from './commands/trigger.ts'
import { type Flags, UsageError } from './terminal.ts'

const usage = `facet: one profile, every API

  facet start                             serve until told to stop
  facet migrate                           bring the database up to date
  facet doctor                            say what is wrong with the set-up and how to mend it
  facet apps create NAME --mode MODE      make an app (sandbox or live) in the first organization
  facet apps list                         list the apps
  facet apps update ID [--name NAME] [--per-second N] [--per-minute N] [--parallel N]
                       [--self-service S] [--registration S] [--strict S] [--changes-per-day N]
                       [--networks W] [--wallets-with-profile W] [--default-evm-network X]
                       [--add-host HOST] [--remove-host HOST] [--default]
                                          change an app; N: requests that dialects which count them let
                                          through, or default; S: on, off or default, for whether people use
                                          the app with credentials of their own, may register, and must sign
                                          in to read; W: networks by alias (a,b), none or default, for those
                                          that wallets may be on, and those on which every new profile gets
                                          one; X: a network or default, for clients that can name none;
                                          HOST (may be repeated): leads requests without an API key to the
                                          app; --default: so do loopback and FACET_PUBLIC_URL
  facet keys create NAME [--app ID] [--scopes a,b] [--expires-at TIME]
                                          make a key pair; the secret is shown once
  facet keys list [--app ID]              list the key pairs of an app
  facet keys revoke KEY_ID [--app ID]     end a key pair, within a second everywhere
  facet passwords import FILE|- [--app ID]
                                          give profiles the passwords that they have elsewhere: a JSON object
                                          a line, as {"username": "ada", "hash": "pbkdf2_sha256$…"}; email,
                                          reference or id may name the profile; what was set here since stays
  facet operators list                    list the operators, who sign in to the console
  facet operators invite EMAIL --role R   print a link that lets somebody into the first organization; R: viewer,
                                          developer, admin or owner
  facet operators reset EMAIL [--two-factor]
                                          sign an operator out everywhere and print a link that sets a new
                                          password; --two-factor: switch two-factor and passkeys off too
  facet custody export --app ID           show the 24 words that all wallets of an app come from, after the name
                                          of the app was typed; an event tells that they were shown
  facet custody rotate                    wrap the keys of all seeds with a new custody key, without a stop
  facet custody renew [--app ID]          seal the seed of an app, or all, under a new key
  facet listen [--forward-to URL] [--types a,b] [--url URL] [--secret SECRET|-]
                                          print the events of a running server from now on, and post them
                                          to URL, signed as webhooks are; the server and the secret are
                                          those of sandbox.json unless given; --secret - reads the secret
                                          from standard input, which keeps it out of lists of processes
  facet trigger TYPE [--app ID]           make an event in a sandbox app; without TYPE list the types

  --json        answer as JSON; facet listen: one line an event
  --app ID      the app; without it the sandbox, but for custody as above

Settings come from the environment: see docs/configuration.md.
`

const commands: Readonly<Record<string, (words: string[], flags: Flags) => Promise<void>>> = {
  start: (_words, flags) => start(readConfig(), { json: flags.json ?? false }),
  migrate: migrateCommand,
  doctor: doctorCommand,
  apps: appsCommand,
  keys: keysCommand,
  custody: custodyCommand,
  listen: listenCommand,
  operators: operatorsCommand,
  passwords: passwordsCommand,
  trigger: triggerCommand,
}

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  app: { type: 'string' },
  mode: { type: 'string' },
  name: { type: 'string' },
  'per-second': { type: 'string' },
  'per-minute': { type: 'string' },
  parallel: { type: 'string' },
  'self-service': { type: 'string' },
  registration: { type: 'string' },
  strict: { type: 'string' },
  'changes-per-day': { type: 'string' },
  networks: { type: 'string' },
  'wallets-with-profile': { type: 'string' },
  'default-evm-network': { type: 'string' },
  'add-host': { type: 'string', multiple: true },
  'remove-host': { type: 'string', multiple: true },
  default: { type: 'boolean' },
  scopes: { type: 'string' },
  'expires-at': { type: 'string' },
  url: { type: 'string' },
  secret: { type: 'string' },
  types: { type: 'string' },
  'forward-to': { type: 'string' },
  role: { type: 'string' },
  'two-factor': { type: 'boolean' },
} as const

const ofApp = [
  'name',
  'per-second',
  'per-minute',
  'parallel',
  'self-service',
  'registration',
  'strict',
  'changes-per-day',
  'networks',
  'wallets-with-profile',
  'default-evm-network',
] as const
const ofHosts = ['add-host', 'remove-host', 'default'] as const

/** The flags that each command takes beside --json and --help; without an action, for the command to ask for one. */
const flagsOf: Readonly<Record<string, readonly (keyof typeof options)[]>> = {
  apps: ['mode', ...ofApp, ...ofHosts],
  'apps create': ['mode'],
  'apps list': [],
  'apps update': [...ofApp, ...ofHosts],
  custody: ['app'],
  'custody rotate': [],
  keys: ['app', 'scopes', 'expires-at'],
  'keys create': ['app', 'scopes', 'expires-at'],
  'keys list': ['app'],
  'keys revoke': ['app'],
  listen: ['forward-to', 'types', 'url', 'secret'],
  operators: ['role', 'two-factor'],
  'operators list': [],
  'operators invite': ['role'],
  'operators reset': ['two-factor'],
  passwords: ['app'],
  'passwords import': ['app'],
  trigger: ['app'],
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  const [name = '', ...words] = positionals
  if (values.help || name === '' || name === 'help') {
    process.stdout.write(usage)
    return
  }
  const command = commands[name]
  if (command === undefined) throw new UsageError(`There is no command "${name}"`)
  refuseForeign(name, words, values)
  await command(words, values)
}

/** A flag that is passed over would leave undone what its giver meant. */
function refuseForeign(name: string, [action = '']: readonly string[], given: Flags): void {
  const spoken = `${name} ${action}` in flagsOf ? `${name} ${action}` : name
  const known: readonly string[] = ['json', 'help', ...(flagsOf[spoken] ?? [])]
  const foreign = Object.keys(given).find((flag) => !known.includes(flag))
  if (foreign !== undefined) throw new UsageError(`facet ${spoken} takes no --${foreign}`)
}

function parse(args: string[]): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function explain(fault: DomainFault): string {
  const { code } = fault.fault
  if (fault.fault.code === 'host_taken') return `${code}: ${fault.fault.hosts.join(', ')}`
  if (fault.fault.code !== 'input_invalid') return code
  return fault.fault.issues
    .map(({ path, rule, allowed }) => `${path.join('.')}: ${rule}${allowed ? ` of ${allowed.join(', ')}` : ''}`)
    .join('\n')
}

await runOrExplain(async () => {
  try {
    await run(process.argv.slice(2))
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\nSee facet --help\n`)
    else if (error instanceof DomainFault) process.stderr.write(`${explain(error)}\n`)
    else throw error
    process.exitCode = 2
  }
})
