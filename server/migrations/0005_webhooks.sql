-- Who is told of events, and what became of each telling (docs/adr/0011).

create table webhook_endpoints (
  app_id uuid not null,
  id uuid not null,
  mode varchar(8) collate "C" not null,
  url varchar(2048) not null,
  description varchar(255),
  types varchar(64)[] collate "C" not null,
  exclude_actor varchar(64) collate "C",
  signature varchar(16) collate "C" not null,
  state varchar(16) collate "C" not null,
  disabled_reason varchar(16) collate "C",
  failing_since timestamptz(3),
  -- Asked for by a command, done by whoever delivers for the app: it alone schedules.
  recover_since timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (app_id, id)
);

-- The secrets that sign for an endpoint: one, and while a rotation overlaps two.
create table webhook_secrets (
  app_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  sealed bytea not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  primary key (app_id, endpoint_id, id),
  foreign key (app_id, endpoint_id) references webhook_endpoints (app_id, id) on delete cascade
);

-- Who delivers for an app: a number that grows with each takeover. Whoever writes deliveries names the one it began with
-- and holds the row for as long as the statement runs, so that a takeover waits for it, and it fails after one.
create table webhook_terms (
  app_id uuid not null primary key,
  term bigint not null
) with (fillfactor = 10);

-- How far into the feed deliveries have been made for an endpoint.
create table webhook_cursors (
  app_id uuid not null,
  endpoint_id uuid not null,
  sequence bigint not null,
  primary key (app_id, endpoint_id)
) with (fillfactor = 10);

-- One event for one endpoint. due: to be attempted at due_at. held: behind an earlier one of its subject.
create table webhook_deliveries (
  app_id uuid not null,
  endpoint_id uuid not null,
  sequence bigint not null,
  event_id uuid not null,
  type varchar(64) collate "C" not null,
  subject_id uuid not null,
  state varchar(16) collate "C" not null,
  attempts integer not null default 0,
  -- Attempts since the schedule last began; a recovery begins it again.
  round integer not null default 0,
  due_at timestamptz(3),
  created_at timestamptz(3) not null,
  finished_at timestamptz(3),
  primary key (app_id, sequence, endpoint_id)
);

-- Each question of whoever delivers has one index that begins with the endpoint. Another one that does so would look as
-- cheap to the planner while it has no statistics, and cost a scan of all deliveries of the endpoint; so the one for
-- lists has a condition, always true, that only lists name.
create index webhook_deliveries_by_endpoint on webhook_deliveries (app_id, endpoint_id, sequence) where attempts >= 0;
create index webhook_deliveries_due on webhook_deliveries (app_id, endpoint_id, due_at) where due_at is not null;
create index webhook_deliveries_open on webhook_deliveries (app_id, endpoint_id, subject_id, sequence) where state in ('due', 'held');
create index webhook_deliveries_failed on webhook_deliveries (app_id, endpoint_id, sequence) where state = 'failed';
create index webhook_deliveries_finished on webhook_deliveries (app_id, finished_at) where finished_at is not null;

create table webhook_attempts (
  app_id uuid not null,
  endpoint_id uuid not null,
  sequence bigint not null,
  number integer not null,
  started_at timestamptz(3) not null,
  duration_ms integer not null,
  status smallint,
  error varchar(255),
  headers json,
  body text,
  primary key (app_id, endpoint_id, sequence, number)
);
