import type { Client } from 'pg'

// The first of the two keys; "face" in ASCII, so that nobody else's advisory locks meet these.
const family = 0x66616365
const main = 1
const users = 2

/** Takes the shared lock that every user of the server holds. False while somebody is stopping the server. */
export function joinUsers(client: Client): Promise<boolean> {
  return ask(client, 'SELECT pg_try_advisory_lock_shared($1, $2) AS yes', users)
}

/** Takes the lock of the one main process. False when another one holds it. */
export function takeMain(client: Client): Promise<boolean> {
  return ask(client, 'SELECT pg_try_advisory_lock($1, $2) AS yes', main)
}

/**
 * Gives up both locks and asks to be alone. True: nobody else uses the server, and nobody can join while this connection
 * lasts, so the caller must stop it. Of several leaving at once exactly the last one gets true.
 */
export async function leaveUsers(client: Client): Promise<boolean> {
  await client.query('SELECT pg_advisory_unlock_all()')
  return ask(client, 'SELECT pg_try_advisory_lock($1, $2) AS yes', users)
}

/** The pid of the process that holds the main lock, as its connection's name tells. */
export async function mainHolder(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2`,
    [family, main],
  )
  return /^facet main (\d+)$/.exec(rows[0]?.name ?? '')?.[1]
}

async function ask(client: Client, statement: string, key: number): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(statement, [family, key])
  return rows[0]?.yes === true
}
