-- Wallets that are really made: from a stock of accounts, as work that waits, counted exactly.

-- No network was made before.
alter table networks add column created_at timestamptz(3) not null default '2026-11-25T00:00:00Z';

-- The accounts of an app's seed, each with its public keys (m/84'/coin'/account' and m/44'/60'/account', BIP-32 extended). The worker
-- makes them ahead. A row without a profile is stock. Rows are never removed, so that no index is used twice.
create table wallet_accounts (
  app_id uuid not null,
  account_index integer not null,
  bitcoin_key varchar(112) collate "C" not null,
  evm_key varchar(112) collate "C" not null,
  profile_id uuid,
  primary key (app_id, account_index)
);

create unique index wallet_accounts_by_profile on wallet_accounts (app_id, profile_id) where profile_id is not null;
create index wallet_accounts_stock on wallet_accounts (app_id, account_index) where profile_id is null;

-- A wallet whose profile was deleted is closed: it stays, since something may be on its addresses, and is shown no more.
alter table wallets add column closed_at timestamptz(3);
alter table wallets add column confirmed numeric(78, 0) not null default 0;
alter table wallets add column unconfirmed numeric(78, 0) not null default 0;
-- A profile that another was merged into may have several of one network.
create unique index wallets_by_account on wallets (app_id, network, account_index);
create index wallets_open on wallets (app_id, id) where closed_at is null;
create index wallets_closed on wallets (app_id, id) where closed_at is not null;
drop index wallets_by_profile;
create index wallets_by_profile on wallets (app_id, profile_id, id);
-- An address is of whomever its wallet is of: a merge moves a wallet, however many addresses it has.
drop index addresses_by_profile;
alter table addresses drop column profile_id;
-- With the wallet, so that a list that leaves out closed wallets' addresses reads the index alone.
alter table addresses drop constraint addresses_pkey, add primary key (app_id, id) include (wallet_id);
create index addresses_by_wallet on addresses (app_id, wallet_id, id);

-- The numbers of open wallets and of their addresses are the sums of an app's slots, as with profiles (docs/adr/0005).
create table wallet_counts (
  app_id uuid not null,
  slot smallint not null,
  wallets bigint not null default 0,
  addresses bigint not null default 0,
  primary key (app_id, slot)
) with (fillfactor = 10);

-- What was asked for and takes its time: one row for each wallet that is to be made.
create table workflows (
  app_id uuid not null,
  id uuid not null,
  profile_id uuid not null,
  network text collate "C" not null,
  with_address boolean not null,
  state varchar(16) collate "C" not null,
  wallet_id uuid,
  failure varchar(64) collate "C",
  requested_at timestamptz(3) not null,
  closed_at timestamptz(3),
  actor_kind varchar(16) collate "C" not null,
  actor_id varchar(64) collate "C" not null,
  request_id varchar(64) collate "C",
  primary key (app_id, id)
);

-- Whoever asks again while it is under way joins in.
create unique index workflows_running on workflows (app_id, profile_id, network) where state = 'running';
create index workflows_waiting on workflows (app_id, id) where state = 'running';
create index workflows_closed on workflows (app_id, closed_at) where closed_at is not null;

-- How far the feed was read for profiles whose wallets are made with them. There is no row while an app does not want that.
create table eager_wallets (
  app_id uuid not null primary key,
  read_through bigint not null
);
