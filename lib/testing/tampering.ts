import { generateKeyPairSync } from "node:crypto";
import type { Client } from "pg";
import { linked } from "#lib/audit/chain.ts";
import { type AuditContent, type AuditRow, FIRST_HASH, type SignedCheckpoint } from "#lib/audit/model.ts";
import { signingKeyOf } from "#lib/audit/signing.ts";

/** A whole number from 0 up to, and without, `below`. */
export type Dice = (below: number) => number;

/** The same throws for the same seed (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Puts a file among the checkpoints as whoever may write there can. */
type Plant = (checkpoint: SignedCheckpoint) => Promise<void>;

/** Does something to the record that nobody may do, and answers the number of the row that it was done to. */
type Tampering = (superuser: Client, rows: readonly AuditRow[], dice: Dice, plant: Plant) => Promise<number>;

const EDITS = {
  at: `at = at + interval '1 second'`,
  actor: `actor = actor || '-2'`,
  action: `action = 'promotion.approved'`,
  target: `target = 'gravv/elsewhere'`,
  outcome: `outcome = 'nothing'`,
  requestId: `"requestId" = 'req_0'`,
  detail: `detail = detail || '{"reason": "another"}'`,
  contentHash: `"contentHash" = md5(random()::text) || md5(random()::text)`,
  previousHash: `"previousHash" = md5(random()::text) || md5(random()::text)`,
  hash: `hash = md5(random()::text) || md5(random()::text)`,
} as const;

const edit =
  (change: string): Tampering =>
  async (superuser, rows, dice) => {
    const { seq } = pick(rows, dice);
    await superuser.query(`UPDATE "AuditEvent" SET ${change} WHERE seq = $1`, [seq]);
    return seq;
  };

/** Writes the record anew with right hashes, so that only who has seen it before can tell. */
async function rewrite(
  superuser: Client,
  contents: readonly (AuditContent & { requestId: string | null })[],
): Promise<Pick<AuditRow, "seq" | "hash">> {
  let before: { seq: number; hash: string } = { seq: 0, hash: FIRST_HASH };
  const rows: AuditRow[] = [];
  for (const { at, actor, action, target, outcome, detail, requestId } of contents) {
    const row = linked({ at, actor, action, target, outcome, detail }, requestId, before);
    rows.push(row);
    before = row;
  }
  await superuser.query(`DELETE FROM "AuditEvent"`);
  await insertRows(superuser, rows);
  return before;
}

/** Every kind of tampering, by its name. */
export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  ...Object.fromEntries(Object.entries(EDITS).map(([column, change]) => [`edit of ${column}`, edit(change)])),
  async "deleted row"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    await superuser.query(`DELETE FROM "AuditEvent" WHERE seq = $1`, [seq]);
    return seq;
  },
  async "inserted row"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    await renumber(superuser, seq);
    await insertRows(superuser, [{ ...pick(rows, dice), seq, hash: "e".repeat(64) }]);
    return seq;
  },
  async "inserted row, all hashes right"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    const model = pick(rows, dice);
    // A copy of the very row before it would leave all signed rows as they were, and only add one behind them.
    const inserted = { ...model, actor: `${model.actor}-2` };
    await rewrite(superuser, [...rows.slice(0, seq - 1), inserted, ...rows.slice(seq - 1)]);
    return seq;
  },
  async "two rows in each other's place"(superuser, rows, dice) {
    const one = pick(rows, dice);
    const other = pick(
      rows.filter(({ seq }) => seq !== one.seq),
      dice,
    );
    await superuser.query(`DELETE FROM "AuditEvent" WHERE seq IN ($1, $2)`, [one.seq, other.seq]);
    await insertRows(superuser, [
      { ...one, seq: other.seq },
      { ...other, seq: one.seq },
    ]);
    return Math.min(one.seq, other.seq);
  },
  async "cut tail"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    await superuser.query(`DELETE FROM "AuditEvent" WHERE seq >= $1`, [seq]);
    return seq;
  },
  async "cut head"(superuser, rows, dice) {
    const { seq } = pick(rows.slice(0, -1), dice);
    await superuser.query(`DELETE FROM "AuditEvent" WHERE seq <= $1`, [seq]);
    return seq;
  },
  async "record written anew, all hashes right"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    await rewrite(
      superuser,
      rows.map((row) => (row.seq === seq ? { ...row, actor: `${row.actor}-2` } : row)),
    );
    return seq;
  },
  async "row left out, all hashes right"(superuser, rows, dice) {
    const { seq } = pick(rows, dice);
    await rewrite(
      superuser,
      rows.filter((row) => row.seq !== seq),
    );
    return seq;
  },
  async "planted checkpoint of another key"(superuser, rows, dice, plant) {
    const edited = pick(rows, dice);
    const contents = rows.map((row) => (row === edited ? { ...row, actor: `${row.actor}-2` } : row));
    const { seq, hash } = await rewrite(superuser, [...contents, pick(rows, dice)]);
    const key = signingKeyOf(generateKeyPairSync("ed25519").privateKey);
    await plant(key.sign({ seq, hash, at: new Date().toISOString() }));
    return edited.seq;
  },
};

function pick<Row>(rows: readonly Row[], dice: Dice): Row {
  const row = rows[dice(rows.length)];
  if (row === undefined) {
    throw new Error("there is no row to tamper with");
  }
  return row;
}

/** Moves all rows from a number on by one; over negative numbers, since each number is there once at any moment. */
async function renumber(superuser: Client, from: number): Promise<void> {
  await superuser.query(`UPDATE "AuditEvent" SET seq = -seq WHERE seq >= $1`, [from]);
  await superuser.query(`UPDATE "AuditEvent" SET seq = -seq + 1 WHERE seq < 0`);
}

/** Inserts rows as they are. */
export async function insertRows(superuser: Client, rows: readonly AuditRow[]): Promise<void> {
  await superuser.query(`INSERT INTO "AuditEvent" SELECT * FROM jsonb_populate_recordset(NULL::"AuditEvent", $1)`, [
    JSON.stringify(rows),
  ]);
}

/** Makes the connection one that no trigger stops. */
export async function disableTriggers(superuser: Client): Promise<void> {
  await superuser.query("SET session_replication_role = replica");
}
