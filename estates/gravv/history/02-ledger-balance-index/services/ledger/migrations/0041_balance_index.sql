CREATE INDEX posting_by_account ON posting (account_id) INCLUDE (units);
