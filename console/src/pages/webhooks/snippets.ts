import type { WebhookSignature } from '../../api/client.ts'

export type SnippetLanguage = 'typescript' | 'python'

/** How a program tells a post of Facet from anybody else's, by signature and language. Each throws for what is not good. */
export const snippets: Readonly<Record<WebhookSignature, Readonly<Record<SnippetLanguage, string>>>> = {
  standard: {
    typescript: `// npm install standardwebhooks
import { Webhook } from 'standardwebhooks'

/** The event. \`body\` is the text as it came; \`secret\` is the endpoint's, whsec_… */
export function readEvent(headers: Record<string, string>, body: string, secret: string) {
  return new Webhook(secret).verify(body, headers)
}`,
    python: `import base64, hashlib, hmac, json, time

def read_event(headers, body: bytes, secret: str):
    """The event. body is what came, byte for byte; secret is the endpoint's, whsec_…"""
    sent = headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > 300:
        raise ValueError("It was not sent in the last five minutes")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split()):
        raise ValueError("The signature is not good")
    return json.loads(body)`,
  },
  original: {
    typescript: `import { createHmac, timingSafeEqual } from 'node:crypto'

/** The event. \`body\` is the text as it came; \`secrets\` leads from each key id to its secret, whsec_… */
export function readEvent(headers: Record<string, string>, body: string, secrets: Map<string, string>) {
  const [keyId = '', signature = ''] = (headers['x-webhook-signature'] ?? '').split(',')
  const secret = secrets.get(keyId)
  if (secret === undefined) throw new Error('There is no signature of a known key')
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(expected, given)) {
    throw new Error('The signature is not good')
  }
  return JSON.parse(body)
}`,
    python: `import hashlib, hmac, json

def read_event(headers, body: bytes, secrets: dict):
    """The event. body is what came, byte for byte; secrets leads from each key id to its secret, whsec_…"""
    key_id, _, signature = headers["x-webhook-signature"].partition(",")
    expected = hmac.digest(secrets[key_id].encode(), body, hashlib.sha256).hex()
    if not hmac.compare_digest(expected, signature):
        raise ValueError("The signature is not good")
    return json.loads(body)`,
  },
}
