import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  type ActionCall,
  type ActionName,
  act,
  actionNames,
  builtActions,
  exchange,
  postAction,
  resultOf,
  tryToAct,
  tryToSignIn,
} from "#e2e/fixtures/caller.ts";
import { live } from "#e2e/fixtures/desk.ts";
import { bodies, type Ground, origins, prepareGround, protectedActions, workload } from "#e2e/fixtures/hostile.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { everythingThatCouldChange, recordInSql } from "#e2e/fixtures/truth.ts";

let ground: Ground;
/** To see which fields an action takes. */
const nothing: Ground = { requestId: "", promotion: "", rollback: "", restart: "", glassId: "", before: undefined };

test.beforeAll(async ({ house, desk }) => {
  ground = await prepareGround(house, desk);
});

test("every server action of the built console has denied tests", async () => {
  expect([...(await builtActions()).keys()].sort()).toEqual([...actionNames].sort());
});

for (const action of actionNames) {
  const { recordedAs, by, input, notFor } = protectedActions[action];

  test.describe(action, () => {
    const expectRefused = async (
      { house }: { house: Parameters<typeof everythingThatCouldChange>[0] },
      call: () => Promise<{ code: string; callId: string }>,
      expected: { code: string; actor: string; recordedAs: string },
    ) => {
      const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;
      const refusal = await call();
      expect(refusal.code).toBe(expected.code);
      expect(await recordInSql(house.database, last)).toEqual([
        expect.objectContaining({
          outcome: "refused",
          actor: expected.actor,
          action: expected.recordedAs,
          detail: expect.objectContaining({ code: expected.code, call: refusal.callId }),
        }),
      ]);
      expect(await everythingThatCouldChange(house)).toEqual(ground.before);
    };
    const refusalOf = async (url: string, call: Omit<ActionCall, "action">) => {
      const result = resultOf(await postAction(url, { action, ...call }));
      return result.ok ? { code: "it was done", callId: "" } : result;
    };

    for (const [what, cookie] of [
      ["nobody", undefined],
      ["a made-up session", "next-auth.session-token=eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA"],
    ] as const) {
      test(`is refused to ${what}`, async ({ house }) => {
        await expectRefused({ house }, () => refusalOf(house.url, { cookie, body: JSON.stringify([input(ground)]) }), {
          code: "not_signed_in",
          actor: "nobody",
          recordedAs,
        });
      });
    }

    for (const [account, code] of Object.entries(notFor)) {
      test(`is refused to ${account}`, async ({ house, desk }) => {
        const cookie = await desk.cookie(account);
        await expectRefused({ house }, () => refusalOf(house.url, { cookie, body: JSON.stringify([input(ground)]) }), {
          code,
          actor: account,
          recordedAs,
        });
      });
    }

    for (const [what, headers] of Object.entries(origins)) {
      test(`is refused with ${what}`, async ({ house, desk }) => {
        const cookie = await desk.cookie(by);
        const call = async () => {
          const answer = await postAction(house.url, {
            action,
            cookie,
            body: JSON.stringify([input(ground)]),
            ...(headers === undefined ? {} : { headers }),
          });
          expect(answer.status).toBe(403);
          expect(answer.headers["content-type"]).toContain("application/problem+json");
          return z.object({ code: z.string(), callId: z.string() }).parse(JSON.parse(answer.body));
        };
        await expectRefused({ house }, call, { code: "not_allowed", actor: by, recordedAs: "action.called" });
      });
    }

    for (const [what, body] of Object.entries(bodies)) {
      test(`is refused with ${what}`, async ({ house, desk }) => {
        const cookie = await desk.cookie(by);
        await expectRefused({ house }, () => refusalOf(house.url, { cookie, body: body(input(ground)) }), {
          code: "invalid",
          actor: by,
          recordedAs,
        });
      });
    }

    if ("reason" in input(nothing)) {
      for (const [what, words] of [
        ["an endless reason", "x".repeat(2_001)],
        ["a reason of blanks", "          "],
      ] as const) {
        test(`is refused with ${what}`, async ({ house, desk }) => {
          const cookie = await desk.cookie(by);
          const body = JSON.stringify([{ ...input(ground), reason: words }]);
          await expectRefused({ house }, () => refusalOf(house.url, { cookie, body }), {
            code: "invalid",
            actor: by,
            recordedAs,
          });
        });
      }
    }

    if ("idempotencyKey" in input(nothing)) {
      test("is refused without an idempotency key, as the draft's 400", async ({ house, desk }) => {
        const cookie = await desk.cookie(by);
        const { idempotencyKey: _, ...rest } = input(ground);
        const call = async () => {
          const refusal = await tryToAct(house.url, cookie, action, rest);
          expect(refusal).toMatchObject({ ok: false, fields: { idempotencyKey: expect.any(String) } });
          return refusal.ok ? { code: "it was done", callId: "" } : refusal;
        };
        await expectRefused({ house }, call, { code: "invalid", actor: by, recordedAs });
      });
    }

    test("does nothing with a body that cannot be read", async ({ house, desk }) => {
      const answer = await postAction(house.url, { action, cookie: await desk.cookie(by), body: "[{" });

      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await everythingThatCouldChange(house)).toEqual(ground.before);
    });

    test("does nothing when it is called by GET", async ({ house, desk }) => {
      const answer = await postAction(house.url, { action, cookie: await desk.cookie(by), body: "", method: "GET" });

      expect(() => resultOf(answer)).toThrow("no action's result");
      expect(await everythingThatCouldChange(house)).toEqual(ground.before);
    });
  });
}

test("whoever asks is refused as approver, though an operator", async ({ house, desk }) => {
  const answer = await act(house.url, await desk.cookie("developer"), "withdrawRequestAction", {
    requestId: ground.requestId,
  });
  expect(answer.ok).toBe(true);
  const requestId = await desk.ask("operator");
  const before = await everythingThatCouldChange(house);
  const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;

  expect(await desk.approve("operator", requestId)).toMatchObject({ ok: false, code: "not_allowed" });

  expect(await everythingThatCouldChange(house)).toEqual(before);
  expect(await recordInSql(house.database, last)).toMatchObject([
    { outcome: "refused", actor: "operator", action: "request.approve", detail: { code: "not_allowed" } },
  ]);
  await act(house.url, await desk.cookie("operator"), "withdrawRequestAction", { requestId });
});

test("the very same calls succeed when they are made properly", async ({ house, desk }) => {
  const call = async (action: ActionName, change: Partial<Ground>) => {
    const { by, input } = protectedActions[action];
    const result = await act(house.url, await desk.cookie(by), action, input({ ...ground, ...change }));
    expect(result, action).toMatchObject({ ok: true });
    return result.ok ? z.object({ requestId: z.string() }).nullable().parse(result.value)?.requestId : undefined;
  };
  const rejected = await call("requestPromotionAction", {});
  await call("rejectRequestAction", { requestId: rejected ?? "" });
  const withdrawn = await call("requestPromotionAction", {});
  await call("withdrawRequestAction", { requestId: withdrawn ?? "" });
  const restart = await call("restartAction", {});
  await act(house.url, await desk.cookie("operator"), "withdrawRequestAction", { requestId: restart ?? "" });
  const approved = await call("requestPromotionAction", {});
  await call("approveRequestAction", { requestId: approved ?? "" });
  expect((await desk.ended(approved ?? "")).operation).toMatchObject({ state: "succeeded" });
  const { digest } = await desk.previewRollback("operator");
  const rolledBack = await call("rollBackAction", { rollback: digest });
  expect((await desk.ended(rolledBack ?? "")).operation).toMatchObject({ state: "succeeded" });
});

/** What everybody may read: it shows nothing of any estate. */
const open = new Set([
  "/signin",
  "/api/healthz",
  "/api/readyz",
  "/api/metrics",
  "/api/openapi.json",
  "/api/auth/[...nextauth]",
  // The provider calls it, with a token of its own.
  "/api/auth/backchannel-logout",
  "/icon.svg",
  "/_not-found",
]);
const internal = new Set(["/_global-error"]);

async function builtRoutes(): Promise<string[]> {
  const path = join(import.meta.dirname, "..", ".next", "app-path-routes-manifest.json");
  const routes = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(await readFile(path, "utf8"))));
  return routes.filter((route) => !open.has(route) && !internal.has(route)).sort();
}

test("every page and every read but those that are open to all is closed to whoever is not signed in", async ({
  house,
  desk,
}) => {
  const routes = await builtRoutes();
  expect(routes.length).toBeGreaterThan(12);
  const viewer = await desk.cookie("viewer");
  const uidOf = async (kind: string) =>
    (
      await house.controlPlane.kubectl(
        ...["get", kind, `--namespace=${workload.namespace}`, "--output=jsonpath={.items[0].metadata.uid}"],
      )
    ).stdout;
  /** What a read asks for beside the environment. */
  const asked: Readonly<Record<string, Record<string, string>>> = {
    "/api/v1/restarts/preview": workload,
    "/api/v1/rollouts/workload": { id: `gravv/${await uidOf("deployments")}` },
    "/api/v1/pods/pod": { id: `gravv/${await uidOf("pods")}` },
    "/api/v1/quotas/resource": { id: `gravv/${await uidOf("resourcequotas")}/pods` },
  };
  for (const route of routes) {
    const query = new URLSearchParams({ environment: live, ...asked[route] });
    const path = `${route.replace("[requestId]", ground.requestId)}?${query}`;
    const answer = await exchange(house.url, { path });
    if (route.startsWith("/api/")) {
      expect(answer.status, route).toBe(401);
      expect(JSON.parse(answer.body), route).toMatchObject({ status: 401, code: "not_signed_in" });
    } else {
      // Next's redirect from a page, and our own from the step-up's route.
      expect([303, 307], route).toContain(answer.status);
      expect(answer.headers.location, route).toBe("/signin");
    }
    expect(answer.body, route).not.toMatch(/webhooks|onramp|amara|requestedBy/);
    if (!/audit|live|no-role|step-up|\[\.\.\./.test(route)) {
      const seen = await exchange(house.url, { path, headers: { Cookie: viewer } });
      expect(seen.status, `${route} as viewer`).toBe(200);
    }
  }
});

test("the record is not there for those who may not read it", async ({ house, desk, pageOf }) => {
  const read = async (account: string) =>
    exchange(house.url, { path: "/api/v1/audit", headers: { Cookie: await desk.cookie(account) } });
  for (const account of ["viewer", "developer"]) {
    const answer = await read(account);
    expect(answer.status, account).toBe(404);
    expect(answer.body, account).not.toContain("hash");
  }
  for (const account of ["auditor", "compliance", "risk", "admin", "operator"]) {
    expect((await read(account)).status, account).toBe(200);
  }
  const page = await pageOf("viewer", "/audit");
  await expect(page.getByRole("main")).toContainText(
    "Only operator or compliance or risk or auditor or admin may read",
  );
  await expect(page.getByRole("table")).toHaveCount(0);
});

test("whoever is denied the record, an export or the page of people is on record", async ({ house, desk, pageOf }) => {
  const denied = async (path: string, cookie = "") => {
    const { status } = await exchange(house.url, { path, headers: { Cookie: cookie } });
    expect([401, 404], path).toContain(status);
  };
  for (const path of ["/api/v1/audit", "/api/v1/audit/export"]) {
    await denied(path);
    await denied(path, await desk.cookie("developer"));
  }
  await pageOf("developer", "/people");
  const read = { path: "/api/v1/audit?outcome=refused", headers: { Cookie: await desk.cookie("auditor") } };
  const { items } = JSON.parse((await exchange(house.url, read)).body);
  const seen = items.map(({ actor, action }: { actor: string; action: string }) => `${actor} ${action}`);
  for (const actor of ["nobody", "developer"]) {
    expect(seen).toContain(`${actor} record.read`);
    expect(seen).toContain(`${actor} record.export`);
  }
  expect(seen).toContain("developer people.read");
});

for (const [what, account, headers] of [
  ["over another name than loopback's", "operator", { Host: "gatehouse.example" }],
  ["as an account that there is not", "root", {}],
  ["as a property that every object has", "__proto__", {}],
] as const) {
  test(`nobody signs in ${what}`, async ({ house }) => {
    const { answer, cookies } = await tryToSignIn(house.url, account, headers);

    expect(answer.status).toBe(401);
    expect(cookies).not.toContain("session-token");
  });
}

test("whether the console is alive and ready is open to all", async ({ house }) => {
  for (const path of ["/api/healthz", "/api/readyz"]) {
    expect((await exchange(house.url, { path })).status, path).toBe(200);
  }
});

test("what Prometheus reads is open to all, true, and names nothing of the estate and nobody", async ({
  house,
  desk,
}) => {
  await desk.cookie("operator");
  const { status, body, headers } = await exchange(house.url, { path: "/api/metrics" });
  expect(status).toBe(200);
  expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
  expect(body).toMatch(/^gatehouse_sources\{state="ok"\} 2$/m);
  expect(body).toMatch(/^gatehouse_rows\{kind="environment"\} [1-9]/m);
  expect(body).toMatch(/^process_resident_memory_bytes \d{8,}$/m);
  for (const name of ["gravv", "webhooks", "operator"]) {
    expect(body).not.toContain(name);
  }
});
