import type pg from 'pg'

/** Creates that are held back for as long as a test wants. */
export interface HeldCreates {
  /** How many statements are held at this moment. Creates that come together are one; each that has an idempotency key is its own. */
  waiting(): Promise<number>
  letGo(): Promise<void>
}

/** Holds back every create of the client's database. By no lock: what waits for one is refused after two seconds. */
export async function holdCreates(client: pg.Client): Promise<HeldCreates> {
  await client.query('create table if not exists held (yes boolean not null)')
  await client.query('truncate held')
  await client.query('insert into held values (true)')
  await client.query(`create or replace function wait_while_held() returns trigger language plpgsql as $$
    begin
      while (select yes from held) loop perform pg_sleep(0.01); end loop;
      return null;
    end $$`)
  await client.query(`create or replace trigger held before insert on profiles
    for each statement execute function wait_while_held()`)
  return {
    async waiting() {
      const text = `select from pg_stat_activity
        where datname = current_database() and state = 'active' and query like '%insert into profiles%' and wait_event = 'PgSleep'`
      return (await client.query(text)).rowCount ?? 0
    },
    letGo: async () => void (await client.query('update held set yes = false')),
  }
}
