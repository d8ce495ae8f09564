-- Writers of the record take turns until they commit, so what each does in its turn is one call. `head` and `tail` are the canonical
-- JSON of what the row says around its time, which is known in the turn alone. Each statement of a volatile function sees what was
-- committed before it began, so the last row is the one that the writer before has left.
CREATE FUNCTION append_to_record("head" TEXT, "tail" TEXT, "actor" TEXT, "action" TEXT, "target" TEXT, "outcome" TEXT, "requestId" TEXT, "detail" JSONB)
    RETURNS VOID LANGUAGE plpgsql VOLATILE AS E'
#variable_conflict use_variable
DECLARE
    moment TIMESTAMPTZ\x3B
    number BIGINT := 1\x3B
    before TEXT := repeat(\'0\', 64)\x3B
    content TEXT\x3B
    link TEXT\x3B
    last RECORD\x3B
BEGIN
    PERFORM pg_advisory_xact_lock(x\'67617465\'::BIGINT)\x3B
    moment := date_trunc(\'milliseconds\', clock_timestamp())\x3B
    SELECT e.seq, e.hash INTO last FROM "AuditEvent" e ORDER BY e.seq DESC LIMIT 1\x3B
    IF FOUND THEN
        number := last.seq + 1\x3B
        before := last.hash\x3B
    END IF\x3B
    content := encode(sha256(convert_to("head" || to_char(moment AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') || "tail", \'UTF8\')), \'hex\')\x3B
    link := format(\'{"contentHash":"%s","previousHash":"%s","requestId":%s,"seq":%s}\', content, before, coalesce(to_json("requestId")::TEXT, \'null\'), number)\x3B
    INSERT INTO "AuditEvent" VALUES (number, moment, "actor", "action", "target", "outcome", "requestId", "detail", content, before,
        encode(sha256(convert_to(link, \'UTF8\')), \'hex\'))\x3B
END';
