-- The block chains that wallets may be on: control plane, the same rows with the same ids in every installation.

create table networks (
  id uuid primary key,
  alias text collate "C" not null unique,
  name text not null check (char_length(name) between 1 and 255),
  chain_id bigint,
  decimals smallint not null check (decimals >= 0),
  address_family text not null check (address_family in ('bitcoin', 'evm')),
  confirmations integer not null check (confirmations > 0),
  is_test boolean not null,
  explorer_url_template text check (explorer_url_template like 'https://%{address}%'),
  check ((chain_id is not null) = (address_family = 'evm'))
);

-- SANDBOX is a chain on the developer's own machine (31337 is what local EVM nodes call themselves): nothing explores it.
insert into networks (
  id, alias, name, chain_id, decimals, address_family, confirmations, is_test,
  explorer_url_template)
values
  ('f7f5bfc0-7a7e-47a9-b4fe-23896dbca064', 'BTC', 'Bitcoin', null, 8, 'bitcoin', 6, false,
    'https://mempool.space/address/{address}'),
  ('3be29067-42c1-4d36-8e61-82c4b59b8458', 'tBTC', 'Bitcoin Testnet', null, 8, 'bitcoin', 1, true,
    'https://mempool.space/testnet/address/{address}'),
  ('a38c9559-ab35-4761-98bb-8df967cd732f', 'ETH', 'Ethereum', 1, 18, 'evm', 12, false,
    'https://etherscan.io/address/{address}'),
  ('ec1b0dbd-a54c-4266-88da-d228a66a7fb2', 'tETH', 'Ethereum Sepolia', 11155111, 18, 'evm', 1, true,
    'https://sepolia.etherscan.io/address/{address}'),
  ('4d06ffd4-1fbd-432a-9256-c92dfd86bf5c', 'POLYGON', 'Polygon', 137, 18, 'evm', 64, false,
    'https://polygonscan.com/address/{address}'),
  ('1167440b-6bd2-41a7-880d-d7c7ae7e1897', 'AMOY', 'Polygon', 80002, 18, 'evm', 1, true,
    'https://amoy.polygonscan.com/address/{address}'),
  ('3d7b0c9d-2f29-4e32-b4ea-2b6b7ab6f60e', 'SANDBOX', 'Sandbox', 31337, 18, 'evm', 1, true,
    null);
