-- The seeds of apps, under envelope encryption: a data key an app, wrapped by the custody key, which only the worker process holds.

alter table installation add column custody_key_id text;
alter table installation add column custody_key_check bytea;

create table custody_data_keys (
  app_id uuid not null,
  id uuid not null,
  custody_key_id text collate "C" not null,
  wrapped bytea not null,
  created_at timestamptz(3) not null,
  primary key (app_id, id)
);

-- Both forms are kept: the entropy is what a mnemonic shows, and the seed spares every job the mnemonic's stretch (BIP-39).
create table app_seeds (
  app_id uuid not null primary key,
  id uuid not null,
  data_key_id uuid not null,
  entropy_sealed bytea not null,
  seed_sealed bytea not null,
  created_at timestamptz(3) not null,
  foreign key (app_id, data_key_id) references custody_data_keys (app_id, id)
);
