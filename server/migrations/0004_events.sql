-- What happened, one row a change, written in the change's own statement or transaction (docs/adr/0010).

-- The order in which changes were made: a change draws its number while it holds the row that it changes.
create sequence event_positions;

-- Events that are committed and have no number yet. Rows stay for moments; xact says below which point nothing can come.
create table events_pending (
  app_id uuid not null,
  xact xid8 not null default pg_current_xact_id(),
  position bigint not null default nextval('event_positions'),
  id uuid not null,
  type varchar(64) collate "C" not null,
  subject_id uuid not null,
  occurred_at timestamptz(3) not null,
  actor_kind varchar(16) collate "C" not null,
  actor_id varchar(64) collate "C" not null,
  request_id varchar(64) collate "C",
  data json not null,
  primary key (app_id, xact, position)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000000);

-- Numbered events: written once, read often, removed after the retention.
create table events (
  app_id uuid not null,
  sequence bigint not null,
  id uuid not null,
  type varchar(64) collate "C" not null,
  subject_id uuid not null,
  occurred_at timestamptz(3) not null,
  actor_kind varchar(16) collate "C" not null,
  actor_id varchar(64) collate "C" not null,
  request_id varchar(64) collate "C",
  data json not null,
  primary key (app_id, sequence)
);

create unique index events_id on events (app_id, id);
create index events_by_subject on events (app_id, subject_id, sequence);
create index events_by_type on events (app_id, type, sequence);

-- Where an app's feed begins and ends. Whoever numbers events holds the row's lock.
create table event_feeds (
  app_id uuid not null primary key,
  last_sequence bigint not null default 0,
  pruned_through bigint not null default 0
) with (fillfactor = 10);
