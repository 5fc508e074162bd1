import { NetworkError, ProblemError } from '@facet/sdk/errors'

export interface Explanation {
  readonly title: string
  readonly detail: string
  readonly requestId?: string | undefined
}

/** The one translator of errors: what happened, whether something was changed, and what to do. */
export function explain(error: unknown): Explanation {
  if (error instanceof ProblemError) return ofProblem(error)
  if (error instanceof NetworkError) {
    return {
      title: 'The server was not reached',
      detail: 'Look at your connection, then try again. If something was being changed, that may have been done.',
    }
  }
  if (error instanceof Error && error.name === 'NotAllowedError') {
    return { title: 'The passkey was not used', detail: 'It was cancelled, or took too long. Nothing was changed.' }
  }
  return { title: 'The console failed', detail: error instanceof Error ? error.message : String(error) }
}

const titles: Readonly<Record<number, string>> = {
  401: 'You are signed out',
  403: 'Your role does not allow this',
  404: 'It is not there',
  409: 'Something else stands in the way',
  412: 'It was changed in the meantime',
  429: 'Too many requests',
}

/** Where the code says more than the status. */
const titlesByCode: Readonly<Record<string, string>> = {
  sign_in_failed: 'That is not right',
  second_factor_invalid: 'That is not the code',
  operator_password_wrong: 'That is not your password',
  passkey_invalid: 'The passkey was not taken',
}

const adviceByCode: Readonly<Record<string, string>> = {
  scope_missing: 'Nothing was changed. Ask an admin of the organization.',
}

function ofProblem({ status, code, detail, errors, requestId }: ProblemError): Explanation {
  const title = titlesByCode[code] ?? titleOf(status)
  // Of programs that bring no key the API says more; what was typed here is kept this way.
  if (title === titles[401]) {
    return { title, detail: 'Nothing was changed. Sign in in another tab, then try again here.', requestId }
  }
  const blamed = errors.map((field) => `${field.path.slice(1) || 'The body'} ${field.detail}`)
  // That sentence is for programs; here the fields stand behind it.
  const said = blamed.length === 0 ? detail : detail.replace(/ `errors` names [^.]*\./, '')
  const fields = blamed.length === 0 ? '' : `${blamed.join('; ')}.`
  return { title, detail: [said, adviceByCode[code] ?? '', fields].filter(Boolean).join(' '), requestId }
}

function titleOf(status: number): string {
  return status >= 500 ? 'Facet could not do this' : (titles[status] ?? 'This was refused')
}
