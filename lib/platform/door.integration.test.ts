import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { listAudit } from "#lib/audit/store.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { openWorld } from "#lib/testing/world.ts";

let database: TestDatabase;
let server: Server;
let url: string;

beforeAll(async () => {
  database = await freshDatabase();
  server = createServer((request, response) => {
    response.setHeader("X-Socket-Timeout", String(request.socket.timeout ?? 0));
    response.writeHead(request.method === "GET" ? 200 : 405).end();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
beforeEach(() => {
  vi.resetModules();
  vi.stubEnv("NEXTAUTH_SECRET", "x".repeat(32));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.close();
  await database.close();
});

/** Stands at the door of a console that people open at `publicUrl`; a process has one, and this one leaves no listener behind. */
async function standAt(publicUrl: string): Promise<void> {
  vi.stubEnv("NEXTAUTH_URL", publicUrl);
  const { watchDoor } = await import("./door.ts");
  watchDoor(openWorld({ db: database.db, repositoryUrl: "unused", directory: "unused" }));
}

const recorded = async () =>
  (await listAudit(database.db, { limit: 20 })).map(({ actor, action, target, outcome }) => [
    actor,
    action,
    target,
    outcome,
  ]);

it("whatever is sent to the interface but a read is on record, and a read and a sign-in, which has its own row, are not", async () => {
  await standAt(url);
  expect((await fetch(`${url}/api/v1/services`)).headers.get("strict-transport-security")).toBeNull();
  await fetch(`${url}/api/auth/callback/demo`, { method: "POST" });
  await fetch(`${url}/api/v1/services?x=1`, { method: "POST", body: "{}" });
  await fetch(`${url}/api/auth/nothing`, { method: "DELETE" });
  await expect.poll(recorded, { timeout: 10_000 }).toHaveLength(2);
  expect((await recorded()).sort()).toEqual([
    ["nobody", "action.called", "/api/auth/nothing", "refused"],
    ["nobody", "action.called", "/api/v1/services", "refused"],
  ]);
});

it("a console that people open by https tells every browser to come by https for two years, whatever it answers", async () => {
  await standAt("https://gatehouse.example");
  for (const method of ["GET", "POST"]) {
    const answer = await fetch(`${url}/signin`, { method });
    expect(answer.headers.get("strict-transport-security")).toBe("max-age=63072000");
  }
});

it("a line on which a stream moves no byte for longer than two beats is ended, and no other line is for its silence", async () => {
  await standAt(url);
  const timeoutOf = async (path: string) => (await fetch(`${url}${path}`)).headers.get("x-socket-timeout");
  expect(await timeoutOf("/api/v1/live?after=x:1")).toBe("13000");
  expect(await timeoutOf("/api/v1/live/pods")).toBe("13000");
  expect(await timeoutOf("/api/v1/services")).toBe("0");
});
