import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTheme } from '../../shell/theme.ts'
import { buttonClass } from '../../ui/button.tsx'
import { DialectName } from '../../ui/dialect.tsx'
import { dialectIds, dialects, isDialect } from '../../ui/dialects.ts'
import { PageHead } from '../../ui/page.tsx'
import { Segments } from '../../ui/segments.tsx'
import { dialectPrefix } from './prefixes.ts'

const route = getRouteApi('/$app/reference')

/** The reference of each dialect, drawn from the document that the dialect itself serves. */
export function ReferencePage() {
  const { dialect: asked } = route.useSearch()
  const dialect = isDialect(asked) ? asked : 'native'
  const navigate = useNavigate({ from: '/$app/reference' })
  const [theme] = useTheme()
  const document = `${dialectPrefix(dialect)}/openapi.json`
  return (
    <>
      <PageHead title="Reference" about="Every route of every dialect, from the documents that the server answers.">
        <a href={document} target="_blank" rel="noreferrer" className={buttonClass()}>
          OpenAPI document
        </a>
      </PageHead>
      <div className="mb-3 flex">
        <Segments
          label="Dialect"
          value={dialect}
          options={dialectIds.map((id) => [id, <DialectName key={id} id={id} />])}
          onChange={(next) => void navigate({ search: { dialect: next } })}
        />
      </div>
      <iframe
        // Scalar reads the theme once, when it is drawn.
        key={`${dialect} ${theme}`}
        title={`Reference of the ${dialects[dialect].name} dialect`}
        src={`/console/reference.html?dialect=${dialect}`}
        className="h-[calc(100dvh-12rem)] min-h-96 w-full rounded-control border border-line bg-surface"
      />
    </>
  )
}
