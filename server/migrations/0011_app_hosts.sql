-- By which host a request that brings no API key finds its app. Control plane: small, and the same on every node.

create table app_hosts (
  host text collate "C" primary key check (char_length(host) between 1 and 253),
  app_id uuid not null references apps (id),
  created_at timestamptz(3) not null
);

create index app_hosts_by_app on app_hosts (app_id, host);

-- The app of requests to loopback and to the installation's own host; null: the sandbox's.
alter table installation add column default_app_id uuid references apps (id);
