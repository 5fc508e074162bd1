-- What clients of an app asked, counted by dialect and minute, and a few of the calls themselves. Rows are kept for two days.
create table call_counts (
  app_id uuid not null,
  minute timestamptz(0) not null,
  dialect varchar(32) collate "C" not null,
  requests integer not null,
  -- Those with a status of 400 and more, and of 500 and more.
  errors integer not null,
  server_errors integer not null,
  -- How many took how long: see core/calls/latencies.rules.ts.
  latencies integer[] not null check (cardinality(latencies) = 24),
  -- The newest first, no more than core/calls keeps of a minute. In the row, so that counts and calls are one write to one place.
  failures jsonb not null default '[]',
  successes jsonb not null default '[]',
  primary key (app_id, minute, dialect)
) with (fillfactor = 50);

-- An app's wallets on one network, by cursor; wallets_open serves those on all.
create index wallets_open_by_network on wallets (app_id, network, id) where closed_at is null;
