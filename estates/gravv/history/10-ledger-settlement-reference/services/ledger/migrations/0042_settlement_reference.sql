ALTER TABLE journal_entry ADD COLUMN settlement_reference text;

CREATE UNIQUE INDEX journal_entry_settlement_reference ON journal_entry (settlement_reference)
  WHERE settlement_reference IS NOT NULL;
