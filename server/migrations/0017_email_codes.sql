-- A code that was mailed so that the e-mail of a profile may be changed. One a profile.
create table email_codes (
  app_id uuid not null,
  profile_id uuid not null,
  -- The address that it was mailed to.
  mailbox text collate "C" not null,
  -- A keyed hash over the profile, the address, the end and the code.
  checksum bytea not null,
  tries_left smallint not null,
  expires_at timestamptz(3) not null,
  primary key (app_id, profile_id)
);

create index email_codes_expires_at on email_codes (app_id, expires_at);
