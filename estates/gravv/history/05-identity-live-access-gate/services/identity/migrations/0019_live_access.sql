CREATE TABLE live_access (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  capability text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  granted_by text NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, capability, granted_at)
);

CREATE UNIQUE INDEX live_access_current ON live_access (tenant_id, capability) WHERE revoked_at IS NULL;
