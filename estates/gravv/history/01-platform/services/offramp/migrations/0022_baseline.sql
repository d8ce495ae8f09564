-- Stands for 0001 to 0022.
CREATE TABLE offramp_order (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  asset text NOT NULL,
  asset_units numeric(38, 0) NOT NULL CHECK (asset_units > 0),
  fiat_currency char(3) NOT NULL,
  payout_reference text,
  state text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  paid_at timestamptz
);

CREATE INDEX offramp_order_unpaid ON offramp_order (created_at) WHERE paid_at IS NULL;
