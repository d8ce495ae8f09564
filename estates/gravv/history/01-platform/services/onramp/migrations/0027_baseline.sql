-- Stands for 0001 to 0027.
CREATE TABLE onramp_order (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  fiat_currency char(3) NOT NULL,
  fiat_minor bigint NOT NULL CHECK (fiat_minor > 0),
  asset text NOT NULL,
  quote_id uuid NOT NULL,
  state text NOT NULL,
  provider_reference text,
  created_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz
);

CREATE INDEX onramp_order_open ON onramp_order (created_at) WHERE settled_at IS NULL;

CREATE TABLE reconciliation_run (
  id uuid PRIMARY KEY,
  cycle text NOT NULL CHECK (cycle IN ('routine', 'full', 'batch', 'deep')),
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  compared bigint NOT NULL DEFAULT 0,
  breaks bigint NOT NULL DEFAULT 0
);
