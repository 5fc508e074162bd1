-- What a profile's dialects show of its wallets. Rows come with wallets; the shapes that list pages read stand now.

create table wallets (
  app_id uuid not null,
  id uuid not null,
  profile_id uuid not null,
  network text collate "C" not null,
  account_index integer not null,
  next_address_index integer not null default 0,
  created_at timestamptz(3) not null,
  primary key (app_id, id),
  foreign key (app_id, profile_id) references profiles (app_id, id)
);

create index wallets_by_profile on wallets (app_id, profile_id);

create table addresses (
  app_id uuid not null,
  id uuid not null,
  wallet_id uuid not null,
  profile_id uuid not null,
  network text collate "C" not null,
  address text collate "C" not null,
  address_index integer not null,
  confirmed numeric(78, 0) not null default 0,
  unconfirmed numeric(78, 0) not null default 0,
  created_at timestamptz(3) not null,
  primary key (app_id, id),
  foreign key (app_id, wallet_id) references wallets (app_id, id)
);

create unique index addresses_by_index on addresses (app_id, wallet_id, address_index);
create unique index addresses_by_address on addresses (app_id, network, address);
create index addresses_by_profile on addresses (app_id, profile_id);
