-- The people who run apps, how they sign in, and what they may do where (docs/adr/0026). Control plane: no tenant table is named here.

create schema if not exists auth;

create table auth.operators (
  id uuid primary key,
  -- In the form in which addresses are one mailbox.
  email varchar(254) collate "C" not null unique,
  email_verified boolean not null default true,
  name text not null check (char_length(name) between 1 and 255),
  two_factor_enabled boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

-- What an operator proves who they are with: one row each, that of the password.
create table auth.accounts (
  id uuid primary key,
  operator_id uuid not null unique references auth.operators (id) on delete cascade,
  provider_id varchar(16) collate "C" not null,
  account_id varchar(36) collate "C" not null,
  -- A PHC string.
  password_hash varchar(255) collate "C" not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

-- The token is in the operator's cookie alone.
create table auth.sessions (
  id uuid primary key,
  token_hash varchar(43) collate "C" not null unique,
  operator_id uuid not null references auth.operators (id) on delete cascade,
  ip_address varchar(64) collate "C",
  user_agent text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);

create index sessions_by_operator on auth.sessions (operator_id, id);

create index sessions_expires_at on auth.sessions (expires_at);

-- Sign-ins that wait for their second factor. Identifiers are hashed.
create table auth.verifications (
  id uuid primary key,
  identifier varchar(64) collate "C" not null,
  value text not null,
  -- The one that the sign-in was proved by: its session begins only while it is the operator's.
  password_hash varchar(255) collate "C",
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);

create index verifications_by_identifier on auth.verifications (identifier, created_at);

create index verifications_expires_at on auth.verifications (expires_at);

-- Secret and codes are encrypted.
create table auth.two_factors (
  id uuid primary key,
  operator_id uuid not null unique references auth.operators (id) on delete cascade,
  secret text collate "C" not null,
  backup_codes text collate "C" not null,
  verified boolean not null default false,
  failed_verification_count integer not null default 0,
  locked_until timestamptz(3)
);

-- Codes of authenticators that let their operator in, for as long as they would again.
create table auth.used_codes (
  operator_id uuid not null references auth.operators (id) on delete cascade,
  code_hash bytea not null,
  expires_at timestamptz(3) not null,
  primary key (operator_id, code_hash)
);

create table auth.passkeys (
  id uuid primary key,
  operator_id uuid not null references auth.operators (id) on delete cascade,
  -- As its authenticator names it: base64url.
  credential_id text collate "C" not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  name text not null check (char_length(name) between 1 and 255),
  created_at timestamptz(3) not null,
  last_used_at timestamptz(3)
);

create index passkeys_by_operator on auth.passkeys (operator_id, id);

-- What a passkey is asked to sign, once. operator_id is there while one is registered.
create table auth.passkey_challenges (
  challenge_hash bytea primary key,
  operator_id uuid references auth.operators (id) on delete cascade,
  expires_at timestamptz(3) not null
);

create index passkey_challenges_expires_at on auth.passkey_challenges (expires_at);

create table auth.memberships (
  organization_id uuid not null references organizations (id),
  operator_id uuid not null references auth.operators (id) on delete cascade,
  role varchar(9) collate "C" not null check (role in ('viewer', 'developer', 'admin', 'owner')),
  created_at timestamptz(3) not null,
  primary key (organization_id, operator_id)
);

create index memberships_by_operator on auth.memberships (operator_id, organization_id);

-- One-time links. The token is in the link alone.
create table auth.links (
  id uuid primary key,
  token_hash bytea not null unique,
  kind varchar(10) collate "C" not null check (kind in ('setup', 'invitation', 'reset')),
  organization_id uuid references organizations (id),
  email varchar(254) collate "C",
  role varchar(9) collate "C" check (role in ('viewer', 'developer', 'admin', 'owner')),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  check ((kind = 'invitation') = (organization_id is not null and role is not null)),
  check ((kind = 'setup') = (email is null))
);

-- Of invitations to one person, and of links to reset one password, the newest counts.
create unique index links_open_invitations on auth.links (organization_id, email) where kind = 'invitation' and used_at is null;

create unique index links_open_resets on auth.links (email) where kind = 'reset' and used_at is null;

-- Guesses of late: who is guessed, or who guesses, as a keyed hash.
create table auth.guesses (
  subject bytea primary key,
  guesses integer not null,
  last_at timestamptz(3) not null
);

create index guesses_last_at on auth.guesses (last_at);

-- The operator that the first start made for the sandbox. The password can be shown for as long as it is the one that was made.
create table auth.sandbox_operator (
  singleton boolean primary key default true check (singleton),
  operator_id uuid not null,
  password_hash varchar(255) collate "C" not null,
  password_sealed bytea not null
);
