import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import type { Pool } from "pg";
import { z } from "zod";
import { type ActionName, actionNames, exchange, postAction, resultOf } from "#e2e/fixtures/caller.ts";
import { openDesk } from "#e2e/fixtures/desk.ts";
import { bodies, type Ground, origins, prepareGround, protectedActions } from "#e2e/fixtures/hostile.ts";
import { type House, startHouse } from "#e2e/fixtures/house.ts";
import { everythingThatCouldChange } from "#e2e/fixtures/truth.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { buildConsole } from "../bin/console-build.ts";

const calls = Number(process.env.BENCH_CALLS ?? 5_000);
/** After so many calls the limits are forgotten and the truth is asked; else nearly all would meet the limits alone. */
const batch = 50;

const accounts = ["viewer", "developer", "operator", "operator-2", "compliance", "risk", "auditor", "admin"] as const;

/** Headers that nobody's browser sends, none of which may turn a refusal into anything else. */
const oddHeaders: Readonly<Record<string, Record<string, string | null>>> = {
  usual: {},
  "a foreign content type": { "Content-Type": "application/xml" },
  "a form": { "Content-Type": "multipart/form-data; boundary=x" },
  "somebody else's name for the source": { "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "10.0.0.1" },
  "middleware's own header": { "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" },
  "a claim of another user": { "X-Forwarded-User": "admin", Authorization: "Bearer admin" },
};

type Wrong = "identity" | "argument" | "origin";
type Outcome = "refused" | "too many";

function pick<Value>(values: readonly Value[]): Value {
  const value = values[randomInt(values.length)];
  assert.ok(value !== undefined);
  return value;
}

/** Bytes that are no argument of anything, or far too much of one. */
function garbage(): string {
  return pick([
    () => randomBytes(randomInt(1, 400)).toString("latin1"),
    () => `[${"[".repeat(randomInt(1, 3_000))}`,
    () => `[${'{"a":'.repeat(400)}1${"}".repeat(400)}]`,
    () => JSON.stringify([{ environment: "gravv/live", reason: "x".repeat(70_000) }]),
    () => `["$F1","$Q2","$@3","$K4"]`,
    () => `[{"then":"$1:constructor:constructor"}]`,
  ])();
}

/** One call with at least one wrong; which one is drawn by lot, and what else is odd besides. */
async function call(house: House, cookies: ReadonlyMap<string, string>, ground: Ground): Promise<Outcome> {
  const action: ActionName = pick(actionNames);
  const { by, input, notFor } = protectedActions[action];
  const strangers = [...Object.keys(notFor), "nobody", "forged"];
  const wrong: Wrong = pick(["identity", "argument", "origin"] as const);
  const who = wrong === "identity" ? pick(strangers) : by;
  const right = JSON.stringify([input(ground)]);
  const body =
    wrong === "argument" ? pick([...Object.values(bodies).map((one) => one(input(ground))), garbage()]) : right;
  const answer = await postAction(house.url, {
    action,
    cookie: who === "forged" ? `next-auth.session-token=${randomBytes(60).toString("base64url")}` : cookies.get(who),
    body,
    headers: { ...pick(Object.values(oddHeaders)), ...(wrong === "origin" ? pick(Object.values(origins)) : {}) },
  });
  const what = `${action} by ${who}, wrong ${wrong}, body ${body.slice(0, 80)}`;
  assert.ok(answer.status < 500, `${what}: answered with ${answer.status}`);
  if (answer.status === 429) {
    return "too many";
  }
  if (answer.status >= 400) {
    return "refused";
  }
  const result = resultOf(answer);
  assert.ok(!result.ok, `${what}: it was done`);
  return result.code === "too_many" ? "too many" : "refused";
}

const Count = z.tuple([z.object({ count: z.coerce.number() })]);

async function refusalsOnRecord(database: Pool): Promise<number> {
  const { rows } = await database.query(`SELECT count(*) FROM "AuditEvent" WHERE outcome = 'refused'`);
  return Count.parse(rows)[0].count;
}

/** Reads of what is not there or not for them: never an error of the server. */
async function read(house: House, cookies: ReadonlyMap<string, string>): Promise<void> {
  const path = pick([
    `/api/v1/${pick(["environments", "services", "rollouts", "quotas", "promotions", "requests", "audit"])}?environment=${encodeURIComponent(garbage().slice(0, 500))}`,
    `/api/v1/requests/${encodeURIComponent(garbage().slice(0, 60))}`,
    `/api/v1/audit?before=${randomInt(2) === 0 ? "-1" : "1e999"}`,
    `/requests/${encodeURIComponent(garbage().slice(0, 60))}`,
    `/step-up/${randomBytes(8).toString("hex")}`,
  ]);
  const cookie = cookies.get(pick([...accounts, "nobody"]));
  const answer = await exchange(house.url, { path, headers: cookie === undefined ? {} : { Cookie: cookie } });
  assert.ok(answer.status < 500, `${path}: answered with ${answer.status}`);
}

/** The interface only answers reads, so whatever else is sent to it is refused as a call of no action is. */
async function callRead(house: House, cookies: ReadonlyMap<string, string>): Promise<Outcome> {
  const method = pick(["POST", "PUT", "PATCH", "DELETE"]);
  const path = `/api/v1/${pick(["environments", "services", "requests", "requests/req_00000000000000000000", "audit", "audit/export", "live", "nothing"])}`;
  const cookie = cookies.get(pick([...accounts, "nobody"]));
  const headers = { ...(cookie === undefined ? {} : { Cookie: cookie }), Origin: house.url };
  // Node sends a DELETE's body without its length, so that it would be taken for a call of its own.
  const body = method === "DELETE" ? {} : { body: garbage() };
  const answer = await exchange(house.url, { method, path, headers, ...body });
  // Whoever is not signed in is led to signing in from a path that is none.
  assert.ok(answer.status >= 300 && answer.status < 500, `${method} ${path}: answered with ${answer.status}`);
  return answer.status === 429 ? "too many" : "refused";
}

/** Fails with the first call that was done, changed something, was not put on record, or made the console fail. */
export async function bench(): Promise<readonly BenchRow[]> {
  await buildConsole({ signal: new AbortController().signal });
  const house = await startHouse();
  try {
    const desk = openDesk(house);
    const ground = await prepareGround(house, desk);
    const cookies = new Map(
      await Promise.all(accounts.map(async (account) => [account, await desk.cookie(account)] as const)),
    );
    let made = 0;
    let limited = 0;
    while (made < calls) {
      const before = await refusalsOnRecord(house.database);
      let refused = 0;
      for (let index = 0; index < batch; index += 1) {
        const outcome = await (randomInt(10) === 0 ? callRead(house, cookies) : call(house, cookies, ground));
        refused += Number(outcome === "refused");
        limited += Number(outcome === "too many");
        await read(house, cookies);
      }
      made += batch;
      assert.deepEqual(await everythingThatCouldChange(house), ground.before, "something was changed");
      const recorded = (await refusalsOnRecord(house.database)) - before;
      assert.ok(recorded >= refused, `${refused} calls were refused and ${recorded} are on record`);
      await house.database.query(`TRUNCATE "Allowance"`);
    }
    return [
      {
        name: `hostile calls, N = ${made} and as many reads (${limited} met a limit): done, unrecorded or answered with 500`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: made >= calls,
      },
    ];
  } finally {
    await house.stop();
  }
}
