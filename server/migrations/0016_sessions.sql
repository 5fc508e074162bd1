-- Logins that people are in by tokens. The tokens are not stored: they are signed, and name the session that they belong to.
create table sessions (
  app_id uuid not null,
  id uuid not null,
  profile_id uuid not null,
  created_at timestamptz(3) not null,
  renewed_at timestamptz(3) not null,
  -- How often it was renewed: only the newest refresh token renews it again.
  renewals integer not null default 0,
  -- When its newest refresh token ends.
  expires_at timestamptz(3) not null,
  primary key (app_id, id)
);

create index sessions_by_profile on sessions (app_id, profile_id, id);

create index sessions_expires_at on sessions (app_id, expires_at);
