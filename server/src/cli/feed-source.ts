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
 * started again may listen on another port. Throws StartError for what keeps the file from saying it.
 */
export async function findFeedSource(flags: Flags): Promise<FeedSource> {
  const { secret } = flags
  const url = flags.url === undefined ? undefined : httpUrl('--url', flags.url).replace(/\/+$/, '')
  if (url !== undefined && secret !== undefined) return { url, secret }
  const file = sandboxFile(readConfig().dataDir)
  const found = await readSandbox(file)
  return { url: url ?? found.url.replace(/\/+$/, ''), secret: secret ?? found.secret }
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
