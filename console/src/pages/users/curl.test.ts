import { expect, it } from 'vitest'
import { curlOf } from './curl.ts'

it('the curl of a face names credentials by shell variables, and lets the shell read nothing else', () => {
  const request = {
    method: 'GET',
    path: "/v1/o'hara?skip=0&take=1",
    headers: { Host: '$HOST', Authorization: 'Bearer {secret}' },
  }
  expect(curlOf(request, 'https://facet.example.com').split(' \\\n  ')).toEqual([
    String.raw`curl 'https://facet.example.com/v1/o'\''hara?skip=0&take=1'`,
    `-H 'Host: $HOST'`,
    '-H "Authorization: Bearer $FACET_SECRET"',
  ])
})
