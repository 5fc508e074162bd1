-- How many changes people made to their own profiles within a day of the first of them.
create table own_changes (
  app_id uuid not null,
  profile_id uuid not null,
  began_at timestamptz(3) not null,
  changes integer not null,
  primary key (app_id, profile_id)
);

create index own_changes_began_at on own_changes (app_id, began_at);
