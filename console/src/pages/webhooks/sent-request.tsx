import type { FeedEvent, WebhookEndpoint } from '../../api/client.ts'
import { Code, JsonText } from '../../ui/code.tsx'

/** The body of the posts that tell of an event, letter by letter: the event on one line, and two ids before it where the signature is `original`. */
export function sentBody(event: FeedEvent, signature: WebhookEndpoint['signature']): string {
  const ids = signature === 'original' ? { app_uid: event.appId, webhook_correlation_id: event.id } : {}
  return JSON.stringify({ ...ids, ...event })
}

/** What is posted, as it is now: a change of the endpoint changes it. */
export function SentRequest({ endpoint, event }: { readonly endpoint: WebhookEndpoint; readonly event: FeedEvent }) {
  const body = sentBody(event, endpoint.signature)
  return (
    <section aria-label="What is sent">
      <h3 className="mb-1 font-medium">What is sent</h3>
      <p className="mb-2 text-small break-all text-muted">
        <code>POST {endpoint.url}</code>
      </p>
      <Code text={body} what="the body" wrap>
        <JsonText text={body} />
      </Code>
      <details className="mt-3">
        <summary className="min-h-6 cursor-pointer text-muted hover:text-text">A line for each member</summary>
        <div className="mt-2">
          <Code text={JSON.stringify(JSON.parse(body), null, 2)} what="the body in lines" />
        </div>
      </details>
    </section>
  )
}
