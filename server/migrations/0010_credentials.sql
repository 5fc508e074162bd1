-- What the person of a profile proves who they are with. None of it outlives its profile.

create table credentials (
  app_id uuid not null,
  profile_id uuid not null,
  -- A PHC string, or a hash that was brought along from elsewhere.
  password_hash varchar(255) collate "C" not null,
  -- Of the passwords before, the newest first.
  previous_hashes varchar(255)[] collate "C" not null default '{}',
  changed_at timestamptz(3) not null,
  -- Whether the password came by an import, which another import may replace.
  imported boolean not null,
  primary key (app_id, profile_id)
);

-- token_hash finds the token; token_sealed lets its owner see it again.
create table profile_tokens (
  app_id uuid not null,
  profile_id uuid not null,
  kind varchar(9) collate "C" not null,
  token_hash bytea not null,
  token_sealed bytea not null,
  expires_at timestamptz(3),
  primary key (app_id, profile_id, kind)
);

create unique index profile_tokens_hash on profile_tokens (app_id, token_hash);

-- Wrong passwords of late. account is a keyed hash: whose account it is, or whether there is one, cannot be read from it.
create table login_failures (
  app_id uuid not null,
  account bytea not null,
  address varchar(64) collate "C" not null,
  purpose varchar(6) collate "C" not null,
  failures integer not null,
  last_at timestamptz(3) not null,
  primary key (app_id, account, address, purpose)
);

create index login_failures_last_at on login_failures (app_id, last_at);
