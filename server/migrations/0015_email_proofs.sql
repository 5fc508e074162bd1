-- A key that was mailed to the address of a profile, to show that its person reads mail there. One a profile.
create table email_proofs (
  app_id uuid not null,
  profile_id uuid not null,
  email_folded text collate "C" not null,
  key_hash bytea not null,
  expires_at timestamptz(3) not null,
  primary key (app_id, profile_id)
);

create unique index email_proofs_key on email_proofs (app_id, key_hash);
