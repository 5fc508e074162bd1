-- The control plane: who owns what, and who may act. Small, and the same on every node; no tenant table is named here.

create table installation (
  singleton boolean primary key default true check (singleton),
  credentials_key_id text not null,
  credentials_key_check bytea not null,
  created_at timestamptz(3) not null default now()
);

create table organizations (
  id uuid primary key,
  number bigint not null unique,
  name text not null check (char_length(name) between 1 and 255),
  created_at timestamptz(3) not null
);

create table apps (
  id uuid primary key,
  number bigint not null unique,
  organization_id uuid not null references organizations (id),
  name text not null check (char_length(name) between 1 and 255),
  mode text not null check (mode in ('sandbox', 'live')),
  created_at timestamptz(3) not null
);

create index apps_by_organization on apps (organization_id, id);

-- secret_hash finds the key; secret_sealed lets the app's developers see a sandbox secret again.
create table api_keys (
  id uuid primary key,
  app_id uuid not null references apps (id),
  name text not null check (char_length(name) between 1 and 255),
  key text collate "C" not null unique,
  secret_hash bytea not null unique,
  secret_sealed bytea not null,
  scopes text[] not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  last_used_at timestamptz(3)
);

create index api_keys_by_app on api_keys (app_id, id);

-- The app that the first start made. One row at most, however many nodes start at once.
create table sandbox (
  singleton boolean primary key default true check (singleton),
  app_id uuid not null references apps (id),
  api_key_id uuid not null references api_keys (id)
);
