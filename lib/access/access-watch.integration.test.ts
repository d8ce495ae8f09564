import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listAudit } from "#lib/audit/store.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { OIDC } from "#lib/testing/policies.ts";
import { openWorld } from "#lib/testing/world.ts";
import { ACCESS_OVER } from "#lib/watch/stream.ts";
import { untilAccessEnds, whileAccessLasts } from "./access-watch.ts";
import type { Person } from "./model.ts";
import { personOf, type Session } from "./session.ts";
import { admit, beginSession, recordRefusedSignIn, signOut } from "./sign-ins.ts";

const ISSUER = OIDC.issuer;
const STREAM_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 12_000;

/** A way to PostgreSQL on which all can fall silent: connections stay open, and nobody answers. */
type Way = Readonly<{ url: string; hang(): void; close(): void }>;

async function openWay(databaseUrl: string): Promise<Way> {
  const url = new URL(databaseUrl);
  const port = Number(url.port);
  const sockets = new Set<Socket>();
  let hangs = false;
  const server: Server = createServer((near) => {
    const far = connect(port, url.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("data", (bytes) => hangs || other.write(bytes));
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the way has no port");
  }
  url.hostname = "127.0.0.1";
  url.port = String(address.port);
  return {
    url: url.href,
    hang() {
      hangs = true;
    },
    close() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

let database: TestDatabase;
const ways: Way[] = [];
const dbs: Db[] = [];

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  for (const way of ways) {
    way.close();
  }
  await Promise.all(dbs.map((db) => db.$disconnect()));
  await database.close();
});

function worldOn(db: Db): Runtime {
  const world = openWorld({ db, repositoryUrl: "unused", directory: "unused" });
  return {
    ...world,
    estate: { ...world.estate, oidc: OIDC, roleGrants: [{ role: "viewer", groups: ["staff"], environments: ["*"] }] },
  };
}

async function signInAs(runtime: Runtime, account: string): Promise<{ session: Session; person: Person }> {
  const identity = { provider: ISSUER, subject: `sub-${account}`, account, emails: [], groups: ["staff"] };
  await admit(runtime, { ok: true, remark: undefined, identity });
  const begun = await beginSession(runtime, {
    account,
    providerSession: null,
    before: undefined,
    lastsSeconds: 3600,
  });
  const now = Math.floor(Date.now() / 1000);
  const session = { ...begun, account, sessionVersion: 1, authTime: null, signedInAt: now };
  const person = await personOf(runtime, session);
  if (person === undefined) {
    throw new Error("the session does not hold");
  }
  return { session, person };
}

async function endOf(signal: AbortSignal): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  return promise;
}

/** A runtime whose database can fall silent, and somebody signed in there. */
async function silencable(account: string) {
  const way = await openWay(database.url);
  const db = openDb(way.url);
  ways.push(way);
  dbs.push(db);
  const runtime = worldOn(db);
  return { way, runtime, ...(await signInAs(runtime, account)) };
}

it("a stream is shut within 5 s of the database falling silent, though no connection breaks", async () => {
  const { way, runtime, session, person } = await silencable("amara");
  const leaving = new AbortController();
  const over = untilAccessEnds(runtime, session, person, leaving.signal);
  const since = performance.now();
  way.hang();
  await endOf(over);
  expect(performance.now() - since).toBeLessThan(STREAM_WITHIN_MS);
});

it("while the database is silent whoever asks is told so in time, and a refusal does not wait for its record", async () => {
  const { way, runtime, session } = await silencable("bola");
  way.hang();
  const since = performance.now();
  await Promise.all([
    expect(personOf(runtime, session)).rejects.toMatchObject({ code: "timed_out" }),
    expect(runtime.limiter.use("action", "bola")).rejects.toMatchObject({ code: "timed_out" }),
    recordRefusedSignIn(runtime, { name: "bola", because: "a test" }),
  ]);
  expect(performance.now() - since).toBeLessThan(ANSWER_WITHIN_MS);
});

it("a session that is signed out of is over for its streams with the next look, and for nobody else's", async () => {
  const runtime = worldOn(database.db);
  const leaving = new AbortController();
  const mine = await signInAs(runtime, "chidi");
  const again = await signInAs(runtime, "chidi");
  const over = untilAccessEnds(runtime, mine.session, mine.person, leaving.signal);
  const other = untilAccessEnds(runtime, again.session, again.person, leaving.signal);
  const since = performance.now();
  await signOut(runtime, mine.session);
  runtime.accessDoubts.emit("doubt", "chidi");
  expect(await endOf(over)).toBe(ACCESS_OVER);
  expect(performance.now() - since).toBeLessThan(STREAM_WITHIN_MS);
  expect(await personOf(runtime, mine.session)).toBeUndefined();
  expect(await personOf(runtime, again.session)).toMatchObject({ account: "chidi" });
  expect(other.aborted).toBe(false);
  leaving.abort();
  expect((await listAudit(database.db, { limit: 1 }))[0]).toMatchObject({ action: "session.signed-out" });
});

it("an export is cut when the session of its reader ends, and one that was read to its end is looked after no more", async () => {
  const runtime = worldOn(database.db);
  const { session, person } = await signInAs(runtime, "dayo");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const leaving = new AbortController().signal;
  const reader = whileAccessLasts(runtime, session, person, readable, leaving).getReader();
  const first = writer.write(new Uint8Array([1]));
  expect((await reader.read()).value).toEqual(new Uint8Array([1]));
  await first;

  await signOut(runtime, session);
  runtime.accessDoubts.emit("doubt", "dayo");
  await expect(reader.read()).rejects.toBe(ACCESS_OVER);
  await expect(writer.closed).rejects.toBe(ACCESS_OVER);

  const whole = await signInAs(runtime, "dayo");
  const body = new Blob(["all of it"]).stream();
  const text = await new Response(whileAccessLasts(runtime, whole.session, whole.person, body, leaving)).text();
  expect(text).toBe("all of it");
  expect(runtime.accessDoubts.listenerCount("doubt")).toBe(0);
});
