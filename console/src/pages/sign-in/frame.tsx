import type { ReactNode } from 'react'
import { usePageTitle } from '../../ui/page.tsx'

/** The frame of what is seen before somebody is signed in. */
export function SignInFrame({
  title,
  about,
  children,
}: {
  readonly title: string
  readonly about?: ReactNode
  readonly children: ReactNode
}) {
  usePageTitle(title)
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-96 flex-col justify-center px-4 py-10">
      <div className="mb-6 flex items-center gap-2.5">
        <img src="/console/facet.svg" alt="" width={28} height={28} />
        <span className="font-semibold">Facet</span>
      </div>
      <h1 className="text-title">{title}</h1>
      {about !== undefined && <div className="mt-1 text-muted">{about}</div>}
      <div className="mt-6">{children}</div>
    </main>
  )
}
