import { createInterface } from 'node:readline'
import { readConfig } from '../config.ts'
import { readIfThere } from '../infra/installation/private-file.ts'
import { sandboxFile } from '../infra/installation/sandbox-file.ts'
import { StartError } from '../infra/installation/start-error.ts'
import { type Flags, UsageError } from './terminal.ts'

/** A running server, and a secret of the app whose events are asked for. */
export interface FeedSource {
  /** Without a trailing slash. */
  readonly url: string
  readonly secret: string
}

/**
 * What the flags name, and for the rest what the sandbox.json of the data folder says at the moment: a server that was
 * started again may listen on another port. The file's secret goes to the file's server and to no other. Throws
 * UsageError for another one without a secret, StartError for what keeps the file from saying it.
 */
export async function findFeedSource(flags: Pick<Flags, 'url' | 'secret'>): Promise<FeedSource> {
  const { secret } = flags
  const url = flags.url === undefined ? undefined : withoutSlash(httpUrl('--url', flags.url))
  if (url !== undefined && secret !== undefined) return { url, secret }
  const file = sandboxFile(readConfig().dataDir)
  const found = await readSandbox(file)
  if (secret === undefined && url !== undefined && url !== withoutSlash(URL.parse(found.url)?.href ?? '')) {
    throw new UsageError(`The secret in ${file} is for ${found.url}: give --secret for ${url}`)
  }
  return { url: url ?? withoutSlash(found.url), secret: secret ?? found.secret }
}

/**
 * The secret that the flag gives; `-` stands for the first line of the input, as what is typed in a command can be seen
 * by everyone on the machine. Throws UsageError when there is none.
 */
export async function readSecret(
  { secret }: Pick<Flags, 'secret'>,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<string | undefined> {
  const given = secret === '-' ? ((await firstLine(input)) ?? '') : secret
  if (given?.trim() === '') throw new UsageError('--secret takes a secret, or - to read it from standard input')
  return given?.trim()
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface({ input })) return line
  return undefined
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

/** The URL as the standard writes it. Throws UsageError unless it is an http or https one without a user name. */
export function httpUrl(flag: string, text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(`${flag} takes a URL that begins with http:// or https://, without a user name in it`)
  }
  return url.href
}

async function readSandbox(file: string): Promise<FeedSource> {
  const text = await readIfThere(file).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${file} cannot be read (${error.code}): give it to this user, or give --url and --secret`)
  })
  if (text === undefined) {
    throw new StartError(
      `There is no ${file}: facet start makes it. For a server with another data folder set FACET_DATA_DIR, or give --url and --secret`,
    )
  }
  const found = parse(text)
  if (found === undefined) {
    throw new StartError(`${file} is not as facet start wrote it: start the server again, or give --url and --secret`)
  }
  return found
}

function parse(text: string): FeedSource | undefined {
  try {
    const { url, secret } = JSON.parse(text)
    return typeof url === 'string' && typeof secret === 'string' ? { url, secret } : undefined
  } catch {
    return undefined
  }
}
