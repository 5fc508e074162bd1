-- Merging, unsubscribing, and what profiles are sorted into.

-- Lists stay named here after they are gone; whoever shows them leaves out those that are no more.
alter table profiles
  add column comment varchar(1000),
  add column list_ids uuid[] not null default '{}',
  add column unsubscribed_at timestamptz(3),
  -- Of a tombstone that was merged: the profile that its history is read with.
  add column merged_into uuid;

-- E-mails and phone numbers that no profile may be given again, as keyed hashes: who is in here cannot be read from it.
create table suppressions (
  app_id uuid not null,
  hash bytea not null,
  created_at timestamptz(3) not null,
  primary key (app_id, hash)
);

create table profile_lists (
  app_id uuid not null,
  id uuid not null,
  long_id numeric(20, 0) not null,
  name varchar(255) collate "C" not null,
  description varchar(1000) not null,
  color varchar(7) collate "C" not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (app_id, id)
);

create unique index profile_lists_long_id on profile_lists (app_id, long_id);
create unique index profile_lists_name on profile_lists (app_id, name);

-- What the free attributes of an app's profiles mean.
create table profile_properties (
  app_id uuid not null,
  id uuid not null,
  long_id numeric(20, 0) not null,
  label varchar(255) collate "C" not null,
  data_type varchar(16) collate "C" not null,
  example varchar(255) not null,
  description varchar(1000) not null,
  export_alias varchar(255) not null,
  personal boolean not null,
  importable boolean not null,
  exportable boolean not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (app_id, id)
);

create unique index profile_properties_long_id on profile_properties (app_id, long_id);
create unique index profile_properties_label on profile_properties (app_id, label);
