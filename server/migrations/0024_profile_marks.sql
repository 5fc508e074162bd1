-- How many live profiles have an id behind from_id and up to to_id: a deep page passes them without looking at them
-- (docs/adr/0031). A mark begins where the one before it ends, so that from_id as the key keeps them one chain, whoever
-- appends to it. awaits is null once live is counted; before that, transactions older than it may not know of the mark.
create table profile_marks (
  app_id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  live integer not null,
  awaits xid8,
  primary key (app_id, from_id)
) with (fillfactor = 50);
