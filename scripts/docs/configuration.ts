import { describeSettings } from '../../server/src/config.ts'

/** docs/configuration.md, made from the settings that config.ts reads. */
export function renderConfiguration(): string {
  const rows = describeSettings().map(({ name, byDefault, about }) => `| \`${name}\` | ${byDefault} | ${about} |`)
  return `<!-- Made by \`npm run docs\` from server/src/config.ts. -->
# Configuration

Facet reads its settings from the environment, once, at start. All are optional; an empty one counts as unset. Every
mistake is listed at once, and the start ends. \`npx facet doctor\` finds variables that look like settings and are none.

| variable | default | meaning |
| --- | --- | --- |
${rows.join('\n')}

## The data folder

| file | what it is | keep it |
| --- | --- | --- |
| \`sandbox.json\` | the sandbox's address and credentials, and what its operator signs in to the console with, mode 0600; absent in production | no: it is written again at the next start |
| \`master.key\` | the key that seals secrets, mode 0600 (refused when others can read it); absent when \`FACET_MASTER_KEY\` is set | **yes**: without it the sealed secrets cannot be opened, and Facet refuses to start on the database |
| \`custody.key\` | the custody keys, one a line, mode 0600 (refused when others can read it); absent when \`FACET_CUSTODY_KMS_KEY\` or \`FACET_CUSTODY_KEY\` is set from the first start on | **yes**, apart from copies of the database: without it no wallet can be used, and Facet refuses to start ([operations.md](operations.md)) |
| \`files/\` | files, such as the pictures of profiles, mode 0600 in folders of 0700; absent with \`S3_BUCKET\` | **yes**, unless they are in a bucket |
| \`postgres.json\` | how to reach the embedded PostgreSQL, mode 0600; absent with \`DATABASE_URL\` | yes |
| \`postgres/\` | the embedded PostgreSQL's cluster; elsewhere when its user cannot enter the folder (the start says where). Beside the profiles it holds a log of some MB, which many writes let grow to 4 GB; that room it keeps | **yes**: these are the profiles |
`
}
