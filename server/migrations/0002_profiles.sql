-- The tenant tables. app_id leads every key, so that each can be distributed by it (docs/adr/0003).

-- Lengths are types and not checks, and there are no checks at all: PostgreSQL reads each check's expression anew for
-- every statement (docs/adr/0004). What a value means is the core's to say.
create table profiles (
  app_id uuid not null,
  id uuid not null,
  uid bigint not null,
  long_id numeric(20, 0) not null,
  number bigint not null,
  revision integer not null default 1,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  type varchar(16) collate "C" not null,
  reference varchar(255) collate "C",
  label varchar(255),
  username varchar(250),
  username_folded text collate "C",
  email varchar(254),
  email_folded text collate "C",
  email_verified_at timestamptz(3),
  phone varchar(64),
  phone_e164 varchar(16) collate "C",
  first_name varchar(255),
  last_name varchar(255),
  full_name varchar(511),
  name_words text[] collate "C",
  country varchar(2) collate "C",
  city varchar(255),
  organization varchar(255),
  website varchar(255),
  twitter varchar(255),
  require_auth boolean not null default false,
  language text collate "C",
  timezone text collate "C",
  currency varchar(3) collate "C",
  attributes jsonb not null default '{}',
  primary key (app_id, id)
);

-- Why each index is here, and what it costs a create: docs/adr/0004.
create unique index profiles_uid on profiles (app_id, uid);
create unique index profiles_long_id on profiles (app_id, long_id);
create unique index profiles_number on profiles (app_id, number);
create unique index profiles_reference on profiles (app_id, reference) where reference is not null and deleted_at is null;
create unique index profiles_username on profiles (app_id, username_folded) where username_folded is not null and deleted_at is null;
create unique index profiles_email on profiles (app_id, email_folded) where email_folded is not null and deleted_at is null;
create unique index profiles_phone on profiles (app_id, phone_e164) where phone_e164 is not null and deleted_at is null;
create index profiles_live on profiles (app_id, id) where deleted_at is null;
create index profiles_updated on profiles (app_id, updated_at, id) where deleted_at is null;

-- The words of names, for prefix search. Only profiles that have a name have rows here.
create table profile_words (
  app_id uuid not null,
  word text collate "C" not null,
  profile_id uuid not null,
  primary key (app_id, word, profile_id)
);

-- The number of live profiles of an app is the sum of its slots; a writer locks one of them (docs/adr/0005).
create table profile_counts (
  app_id uuid not null,
  slot smallint not null,
  live bigint not null default 0,
  primary key (app_id, slot)
) with (fillfactor = 10);

-- The first answer to a write that carried an Idempotency-Key, written in that write's own transaction.
create table idempotency_keys (
  app_id uuid not null,
  scope bytea not null,
  body_hash bytea not null,
  result bytea not null,
  created_at timestamptz(3) not null,
  primary key (app_id, scope)
);

create index idempotency_keys_by_age on idempotency_keys (app_id, created_at);
