import type { FirstRequest } from './first-requests.ts'

/** The languages of the snippets, and how each writes a request. Every one runs as it is pasted, with nothing but what it names. */
export const languages = {
  curl: { name: 'curl', write: curl },
  typescript: { name: 'TypeScript', write: typescript },
  axios: { name: 'axios', write: axios },
  python: { name: 'Python', write: python },
  php: { name: 'PHP', write: php },
} as const

export type Language = keyof typeof languages

export function isLanguage(text: unknown): text is Language {
  return typeof text === 'string' && Object.hasOwn(languages, text)
}

/** The header and claims of a token that Original's clients sign, in base64url: they never change. */
const unsigned = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiKiIsInJlc291cmNlIjoiKiIsImFjdGlvbiI6IioifQ'

interface Written {
  readonly request: FirstRequest
  readonly secret: string
}

function curl({ request, secret }: Written): string {
  const { url, headers, signs, body } = request
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const fields = Object.entries(body.fields)
  const lines = [
    `curl -i ${url}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(signs ? ['-H "Authorization: Bearer $UNSIGNED.$SIGNATURE"'] : []),
    ...(body.kind === 'json'
      ? ["-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body.fields))}`]
      : fields.map(([name, value]) => `-F ${quote(`${name}=${value}`)}`)),
  ]
  const signing = [
    `UNSIGNED=${unsigned}`,
    `SIGNATURE=$(printf %s "$UNSIGNED" | openssl dgst -sha256 -hmac ${quote(secret)} -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')`,
    '',
  ]
  return [...(signs ? signing : []), lines.join(' \\\n  ')].join('\n')
}

const indented = (value: unknown) => JSON.stringify(value, null, 2)
const unquoted = (text: string) => text.replaceAll(/^(\s*)"(\w+)":/gm, '$1$2:')
const literal = (value: object) => unquoted(indented(value))

function javascriptSigning(secret: string): readonly string[] {
  return [
    "import { createHmac } from 'node:crypto'",
    '',
    `const unsigned = '${unsigned}'`,
    `const signature = createHmac('sha256', '${secret}').update(unsigned).digest('base64url')`,
    '',
  ]
}

/** The headers as an object; a signed token is a template with what the lines before have made. */
function javascriptHeaders({ headers, signs, body }: FirstRequest, contentType: boolean): string {
  const all = {
    ...headers,
    ...(signs && { Authorization: 'SIGNED' }),
    ...(contentType && body.kind === 'json' && { 'Content-Type': 'application/json' }),
  }
  return indented(all).replace('"SIGNED"', `\`Bearer \${unsigned}.\${signature}\``)
}

const inner = (text: string) => text.replaceAll('\n', '\n  ')

function typescript({ request, secret }: Written): string {
  const { url, signs, body } = request
  const headers = inner(javascriptHeaders(request, true))
  const fields = inner(literal(body.fields))
  const sent = body.kind === 'json' ? `JSON.stringify(${fields})` : `new URLSearchParams(${fields})`
  return [
    ...(signs ? javascriptSigning(secret) : []),
    `const response = await fetch('${url}', {`,
    "  method: 'POST',",
    `  headers: ${headers},`,
    `  body: ${sent},`,
    '})',
    'console.log(response.status, await response.json())',
  ].join('\n')
}

function axios({ request, secret }: Written): string {
  const { url, signs, body } = request
  const fields = literal(body.fields)
  const sent = body.kind === 'json' ? fields : `new URLSearchParams(${fields})`
  return [
    "import axios from 'axios'",
    ...(signs ? javascriptSigning(secret) : ['']),
    `const { status, data } = await axios.post('${url}', ${sent}, {`,
    `  headers: ${inner(javascriptHeaders(request, false))},`,
    '})',
    'console.log(status, data)',
  ].join('\n')
}

function python({ request, secret }: Written): string {
  const { url, headers, signs, body } = request
  const all = { ...headers, ...(body.kind === 'json' && { 'Content-Type': 'application/json' }) }
  const encoded =
    body.kind === 'json' ? `json.dumps(${indented(body.fields)})` : `urllib.parse.urlencode(${indented(body.fields)})`
  const signing = [
    `unsigned = '${unsigned}'`,
    `digest = hmac.new(b'${secret}', unsigned.encode(), hashlib.sha256).digest()`,
    "signature = base64.urlsafe_b64encode(digest).decode().rstrip('=')",
    '',
  ]
  return [
    signs
      ? 'import base64, hashlib, hmac, json, urllib.request'
      : `import ${body.kind === 'json' ? 'json' : 'urllib.parse'}, urllib.request`,
    '',
    ...(signs ? signing : []),
    `headers = ${indented(all)}`,
    ...(signs ? ["headers['Authorization'] = f'Bearer {unsigned}.{signature}'"] : []),
    `body = ${encoded}`,
    `request = urllib.request.Request('${url}', body.encode(), headers)`,
    'with urllib.request.urlopen(request) as response:',
    '    print(response.status, response.read().decode())',
  ].join('\n')
}

function phpArray(fields: Readonly<Record<string, string>>): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return `[\n${Object.entries(fields)
    .map(([name, value]) => `    ${quote(name)} => ${quote(value)},`)
    .join('\n')}\n]`
}

function php({ request, secret }: Written): string {
  const { url, headers, signs, body } = request
  const type = body.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  const all = [...Object.entries(headers), ['Content-Type', type]].map(([name, value]) => `    '${name}: ${value}',`)
  const signing = [
    `$unsigned = '${unsigned}';`,
    `$digest = hash_hmac('sha256', $unsigned, '${secret}', true);`,
    "$signature = rtrim(strtr(base64_encode($digest), '+/', '-_'), '=');",
    '',
  ]
  return [
    '<?php',
    ...(signs ? signing : []),
    `$fields = ${phpArray(body.fields)};`,
    '$headers = [',
    ...all,
    ...(signs ? ['    "Authorization: Bearer $unsigned.$signature",'] : []),
    '];',
    "$context = stream_context_create(['http' => [",
    "    'method' => 'POST',",
    "    'header' => $headers,",
    `    'content' => ${body.kind === 'json' ? 'json_encode($fields)' : 'http_build_query($fields)'},`,
    "    'ignore_errors' => true,",
    ']]);',
    `$answer = file_get_contents('${url}', false, $context);`,
    'echo $http_response_header[0], "\\n", $answer, "\\n";',
  ].join('\n')
}
