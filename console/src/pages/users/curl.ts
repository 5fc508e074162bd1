import type { Face } from './query.ts'

/** The command that asks what a face shows, with a shell variable where a client has a credential: `{secret}` is `$FACET_SECRET`. */
export function curlOf({ method, path, headers }: Face['request'], origin: string): string {
  const lines = Object.entries(headers).map(([name, value]) => {
    const text = `${name}: ${value}`.replaceAll(/\{(\w+)\}/g, (_, word: string) => `$FACET_${word.toUpperCase()}`)
    // Only what has a variable may be read by the shell.
    return text.includes('$FACET_') ? `-H "${text}"` : `-H ${quoted(text)}`
  })
  const verb = method === 'GET' ? '' : `-X ${method} `
  return [`curl ${verb}${quoted(origin + path)}`, ...lines].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
