-- Attributes that are still to be set, one row a profile, in the order of their coming. A row is removed in the transaction
-- that sets them, so that neither a failure nor the end of a worker loses one or lets a later one go first.
create table profile_imports (
  app_id uuid not null,
  id uuid not null,
  long_id numeric(20, 0) not null,
  attributes json not null,
  actor_kind varchar(16) collate "C" not null,
  actor_id varchar(64) collate "C" not null,
  request_id varchar(64) collate "C",
  primary key (app_id, id)
);
