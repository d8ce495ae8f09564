-- Stands for 0001 to 0015.
CREATE TABLE deposit_address (
  address text PRIMARY KEY,
  tenant_id uuid NOT NULL,
  network text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE deposit (
  network text NOT NULL,
  transaction_hash text NOT NULL,
  output_index integer NOT NULL,
  address text NOT NULL REFERENCES deposit_address (address),
  asset_units numeric(38, 0) NOT NULL,
  confirmations integer NOT NULL DEFAULT 0,
  credited_at timestamptz,
  PRIMARY KEY (network, transaction_hash, output_index)
);
