import type { NativeDocument, Operation, Parameter, Schema } from './native-document.ts'
import { comment, createTypePrinter, member, object, type TypePrinter } from './sdk-types.ts'

/**
 * sdk/src/operations.generated.ts, made from the OpenAPI document: what each operation takes and answers when it
 * succeeds. `names`: what the types of schemas of these shapes are called; any other stands where it is used.
 */
export function renderOperations({ paths }: NativeDocument, names: Readonly<Record<string, Schema>>): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  routes.sort((a, b) => a.operation.operationId.localeCompare(b.operation.operationId, 'en'))
  const printer = createTypePrinter(names)
  const operations = routes.map((route) => operationType(printer, route))
  const table = routes.map(
    ({ method, path, operation }) => `  ${operation.operationId}: { method: '${method}', path: '${path}' },\n`,
  )
  printer.typeOf(names.Problem ?? {}, '')
  const declarations = printer.declarations()
  return `${head}
${declarations.join('\n\n')}

/** What each operation takes, and what it answers, by status, when it succeeds. Else it answers a \`Problem\`. */
export interface Operations {
${operations.join('\n')}}

/** Where each operation is. */
export const operations = {
${table.join('')}} as const satisfies Record<keyof Operations, { readonly method: string; readonly path: string }>
`
}

const head = '// Made by `npm run docs` from the schemas of server/src/dialects/native.\n'

interface Route {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function operationType(printer: TypePrinter, { method, path, operation }: Route): string {
  const { operationId, summary, description, requestBody, parameters } = operation
  const said = `${summary}: \`${method} ${path}\`${description === undefined ? '' : `\n\n${description}`}`
  const body = requestBody?.content['application/json']?.schema
  const members = [
    ...membersOf(printer, 'params', parametersIn(parameters, 'path')),
    ...membersOf(printer, 'query', parametersIn(parameters, 'query')),
    ...(body === undefined ? [] : [member('body', printer.typeOf(body, '    '), requestBody?.required === true)]),
    member('headers', headerNames(parameters), true),
    member('answers', answersOf(printer, operation), true),
  ]
  return `${comment(said, '  ')}  readonly ${operationId}: {\n${members.map((each) => `    ${each}\n`).join('')}  }\n`
}

function parametersIn(parameters: readonly Parameter[], place: Parameter['in']): readonly Parameter[] {
  return parameters.filter((parameter) => parameter.in === place)
}

/** Parameters as one object, which may be left out when each of them may. */
function membersOf(printer: TypePrinter, name: string, parameters: readonly Parameter[]): string[] {
  if (parameters.length === 0) return []
  const required = parameters.filter((parameter) => parameter.required === true).map((parameter) => parameter.name)
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]),
  )
  const type = printer.typeOf({ type: 'object', properties, required }, '    ')
  return [member(name, type, required.length > 0)]
}

/** The headers that a client may send for its own ends, as a union of their names. */
function headerNames(parameters: readonly Parameter[]): string {
  const names = parametersIn(parameters, 'header').map(({ name }) => `'${name}'`)
  return names.length === 0 ? 'never' : names.join(' | ')
}

function answersOf(printer: TypePrinter, { operationId, responses }: Operation): string {
  const succeeded = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status))
  const answers = succeeded.map(([status, { content }]) => {
    const schema = content === undefined ? ({ type: 'null' } as const) : content['application/json']?.schema
    if (schema === undefined) throw new Error(`${operationId} answers something other than JSON`)
    return `      ${member(status, printer.typeOf(schema, '      '), true)}`
  })
  return object(answers, '    ')
}
