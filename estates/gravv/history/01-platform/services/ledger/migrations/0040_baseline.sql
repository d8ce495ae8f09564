-- Stands for 0001 to 0040.
CREATE TABLE account (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  currency text NOT NULL,
  kind text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE journal_entry (
  id uuid PRIMARY KEY,
  stream_offset bigint NOT NULL UNIQUE,
  reason text NOT NULL,
  posted_at timestamptz NOT NULL
);

CREATE TABLE posting (
  entry_id uuid NOT NULL REFERENCES journal_entry (id),
  line smallint NOT NULL,
  account_id uuid NOT NULL REFERENCES account (id),
  units numeric(38, 0) NOT NULL,
  PRIMARY KEY (entry_id, line)
);
