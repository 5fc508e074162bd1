import type { AnswerOf } from './requests.ts'

/** A page of a list that is read by cursor. */
interface Page<Entry> {
  readonly data: readonly Entry[]
  readonly nextCursor: string | null
}

interface PageInput {
  readonly query?: { readonly cursor?: string | undefined } | undefined
}

/**
 * Every page of a list from the one that `input` asks for, each when it is wanted: `pagesOf(client.listProfiles, { query:
 * { limit: 200 } })`. Throws what the call throws.
 */
export async function* pagesOf<Input, Body extends Page<unknown>>(
  list: (input: Input) => Promise<AnswerOf<200, Body>>,
  input: NoInfer<NonNullable<Input>> & PageInput,
): AsyncGenerator<Body, void, undefined> {
  let page: Body | undefined
  do {
    const query = page === undefined ? input.query : { ...input.query, cursor: page.nextCursor ?? undefined }
    page = (await list({ ...input, query })).body
    yield page
  } while (page.nextCursor !== null)
}

/** Every entry of a list, page after page; see `pagesOf`. */
export async function* entriesOf<Input, Entry>(
  list: (input: Input) => Promise<AnswerOf<200, Page<Entry>>>,
  input: NoInfer<NonNullable<Input>> & PageInput,
): AsyncGenerator<Entry, void, undefined> {
  for await (const { data } of pagesOf(list, input)) yield* data
}
