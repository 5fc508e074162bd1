-- The picture that a profile shows: where its files are served, as /pictures/<app>/<digest>; null where it has none.
alter table profiles add column picture varchar(128) collate "C";

-- Every picture whose files may be there, shown or not, so that none is left behind.
create table pictures (
  app_id uuid not null,
  id uuid not null,
  profile_id uuid not null,
  -- By which its files are named.
  digest varchar(43) collate "C" not null,
  -- SHA-256 over its files: the same picture again makes no new one.
  content_hash bytea not null,
  -- When its files are to be removed; null while a profile shows it.
  remove_after timestamptz(3),
  primary key (app_id, id)
);

create index pictures_by_profile on pictures (app_id, profile_id);

create index pictures_remove_after on pictures (app_id, remove_after) where remove_after is not null;
