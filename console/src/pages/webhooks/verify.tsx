import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { listenCommand } from '../../commands.ts'
import { useApp } from '../../session/operator.ts'
import { Code } from '../../ui/code.tsx'
import { Select } from '../../ui/field.tsx'
import { Section } from '../../ui/page.tsx'
import { type SnippetLanguage, snippets } from './snippets.ts'

const route = getRouteApi('/$app/webhooks')

const languages: Readonly<Record<SnippetLanguage, string>> = { typescript: 'TypeScript', python: 'Python' }

/** How to tell what Facet sent from what others did. */
export function Verify() {
  const { app } = useApp()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/$app/webhooks' })
  const signature = search.signature === 'original' ? 'original' : 'standard'
  const language = search.language === 'python' ? 'python' : 'typescript'
  const go = (chosen: { signature?: string; language?: string }) =>
    void navigate({ search: { tab: 'verify', signature, language, ...chosen }, resetScroll: false })
  return (
    <div className="flex max-w-[52rem] flex-col gap-8">
      <Section
        title="Verify the signature first"
        about="Without it, anybody may post to your URL. Verify the body byte for byte as it came, before it is parsed."
      >
        <div className="mb-3 flex flex-wrap gap-3">
          <label className="flex items-center gap-2">
            <span className="text-muted">Signature</span>
            <Select value={signature} onChange={({ target }) => go({ signature: target.value })} className="w-auto">
              <option value="standard">Standard Webhooks</option>
              <option value="original">Original</option>
            </Select>
          </label>
          <label className="flex items-center gap-2">
            <span className="text-muted">Language</span>
            <Select value={language} onChange={({ target }) => go({ language: target.value })} className="w-auto">
              {Object.entries(languages).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </label>
        </div>
        <Code text={snippets[signature][language]} what="the snippet" />
        {signature === 'original' && (
          <p className="mt-2 max-w-[65ch] text-muted">
            It carries no time, so an old post can be sent to you again by whoever has seen it: pass over ids that you
            know.
          </p>
        )}
      </Section>
      <Section title="What your program must do">
        <ul className="flex max-w-[65ch] list-disc flex-col gap-1.5 pl-5">
          <li>Answer with any 2xx within 15 seconds. Keep the event first and work on it after your answer.</li>
          <li>Remember the ids that you have worked on: an event may come again when your answer was lost.</li>
          <li>Expect the events of one subject in their order; a resend comes out of it, so compare sequence.</li>
        </ul>
      </Section>
      <Section
        title="Try it on your own machine"
        about="No endpoint is needed: each event is posted from there, signed."
      >
        <Code text={listenCommand(app)} what="the command" wrap />
      </Section>
    </div>
  )
}
