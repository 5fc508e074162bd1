import type pg from 'pg'

const firstNames =
  'anna peter maria thomas julia michael laura andreas sarah stefan lisa christian nina martin eva daniel ada josé łucja zoë amir chen mei omar'
const beginnings =
  'hart berg stein wald lind fern brand kraus horn vogel roth schön bach dorn krüg sand lang hoch klein gross'
const endings = 'mann er l ner feld bauer hofer ing ke mayer meister son sen ski wicz ova au acher huber rich'
const asArray = (words: string) => `string_to_array('${words}', ' ')`
/** One of an array, those in front much more often. */
const drawn = (words: string, seed: string) => `(${words})[1 + floor(power(${seed}, 3) * cardinality(${words}))::int]`

const fillText = `
  with people as (
    select n, ${drawn(asArray(firstNames), 'random()')} as first,
      ${drawn(asArray(beginnings), 'random()')} || ${drawn(asArray(endings), 'random()')} as last
    from generate_series(1, $2::int) n
  )
  insert into profiles (app_id, id, uid, long_id, number, created_at, updated_at, type, reference, username, username_folded,
    email, email_folded, phone, phone_e164, first_name, last_name, full_name, name_words)
  select $1::uuid, (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
    100000000000 + n, 17000000000000000000 + n, n, to_timestamp(1700000000 + n), to_timestamp(1700000000 + n), 'User',
    'cust-' || lpad((n::bigint * 7919 % 99999989)::text, 8, '0'), first || '.' || last || n, first || '.' || last || n,
    first || n || '@' || last || '.example.com', first || n || '@' || last || '.example.com',
    '+4915' || lpad((n::bigint * 104729 % 999999937)::text, 9, '0'), '+4915' || lpad((n::bigint * 104729 % 999999937)::text, 9, '0'),
    initcap(first), initcap(last), initcap(first || ' ' || last), array(select w from unnest(array[first, last]) w order by w collate "C")
  from people`
const wordsText = `
  insert into profile_words (app_id, word, profile_id)
  select distinct app_id, word, id from profiles, unnest(name_words) word where app_id = $1`

/** Fills an empty app with so many people, the same ones each time: names as people have them, some much more often than others. */
export async function fillWithPeople(client: pg.Client, appId: string, rows: number): Promise<void> {
  await client.query('select setseed(0.5)')
  await client.query(fillText, [appId, rows])
  await client.query(wordsText, [appId])
  await client.query('insert into profile_counts (app_id, slot, live) values ($1, 0, $2)', [appId, rows])
  await client.query('vacuum analyze profiles, profile_words')
}
