-- Stands for 0001 to 0011.
CREATE TABLE subscription (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  url text NOT NULL,
  event_types text[] NOT NULL,
  disabled_at timestamptz
);

CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  subscription_id uuid NOT NULL REFERENCES subscription (id),
  event_id uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  delivered_at timestamptz,
  UNIQUE (subscription_id, event_id)
);
