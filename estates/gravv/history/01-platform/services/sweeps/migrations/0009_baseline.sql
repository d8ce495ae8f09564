-- Stands for 0001 to 0009.
CREATE TABLE sweep (
  id uuid PRIMARY KEY,
  network text NOT NULL,
  from_address text NOT NULL,
  to_address text NOT NULL,
  asset_units numeric(38, 0) NOT NULL,
  transaction_hash text UNIQUE,
  state text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz
);

-- Two sweeps of one address at a time would spend the same funds twice.
CREATE UNIQUE INDEX sweep_one_open_per_address ON sweep (network, from_address) WHERE confirmed_at IS NULL;
