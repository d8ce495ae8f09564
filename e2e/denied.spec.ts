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
  newKey,
  postAction,
  resultOf,
  tryToSignIn,
} from "#e2e/fixtures/caller.ts";
import { atRest, deployed, levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import { live } from "#e2e/fixtures/desk.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { everythingThatCouldChange, recordInSql } from "#e2e/fixtures/truth.ts";

const foreign = "https://elsewhere.example";
const reason = "A reason that is long enough to stand.";

/** What stands when the calls are made: something to promote, a request that waits for it, something to roll back. */
type Ground = Readonly<{ requestId: string; promotion: string; rollback: string; glassId: string; before: unknown }>;

type Protected = Readonly<{
  /** As it stands on the record. */
  recordedAs: string;
  /** Somebody who may, so that nothing but the wrong of a call stands against it. */
  by: string;
  input: (ground: Ground) => Record<string, string>;
  /** Accounts that may not, and by which code they are told. */
  notFor: Readonly<Record<string, string>>;
}>;

const protectedActions: Readonly<Record<ActionName, Protected>> = {
  requestPromotionAction: {
    recordedAs: "promotion.request",
    by: "developer",
    input: ({ promotion }) => ({ environment: live, digest: promotion, reason, idempotencyKey: newKey() }),
    notFor: { viewer: "not_allowed", auditor: "not_allowed", admin: "not_allowed" },
  },
  approveRequestAction: {
    recordedAs: "request.approve",
    by: "operator",
    input: ({ requestId, promotion }) => ({ requestId, digest: promotion }),
    // The developer has asked; operator-2 has written a commit of it.
    notFor: { viewer: "not_allowed", developer: "not_allowed", "operator-2": "not_allowed", admin: "not_allowed" },
  },
  rejectRequestAction: {
    recordedAs: "request.reject",
    by: "operator",
    input: ({ requestId }) => ({ requestId, reason }),
    notFor: { viewer: "not_allowed", developer: "not_allowed", admin: "not_allowed" },
  },
  withdrawRequestAction: {
    recordedAs: "request.withdraw",
    by: "developer",
    input: ({ requestId }) => ({ requestId }),
    notFor: { viewer: "not_allowed", operator: "not_allowed", admin: "not_allowed" },
  },
  rollBackAction: {
    recordedAs: "rollback.run",
    by: "operator",
    input: ({ rollback }) => ({ environment: live, digest: rollback, reason, idempotencyKey: newKey() }),
    notFor: { viewer: "not_allowed", developer: "not_allowed", admin: "not_allowed" },
  },
  endSessionsAction: {
    recordedAs: "sessions.end",
    by: "admin",
    input: () => ({ account: "compliance", reason }),
    notFor: { viewer: "not_allowed", operator: "not_allowed", auditor: "not_allowed" },
  },
  beginStepUpAction: {
    recordedAs: "session.step-up",
    by: "operator",
    input: ({ promotion }) => ({ digest: promotion }),
    // Whoever is signed in may sign in again; what it is good for is asked where it is used.
    notFor: {},
  },
  runRequestAction: {
    recordedAs: "request.run",
    by: "developer",
    input: ({ requestId, promotion }) => ({ requestId, digest: promotion }),
    // Nobody has agreed to it yet.
    notFor: { viewer: "not_allowed", developer: "not_allowed", operator: "not_allowed", admin: "not_allowed" },
  },
  takeOverAction: {
    recordedAs: "operation.take-over",
    by: "operator",
    input: ({ requestId }) => ({ requestId, to: "look-again", reason }),
    // Nothing of it runs.
    notFor: { viewer: "not_found", operator: "not_found" },
  },
  breakGlassAction: {
    recordedAs: "break-glass.open",
    by: "operator",
    input: () => ({ environment: live, reason }),
    // The last breaking, by operator-2, is not reviewed.
    notFor: { viewer: "not_allowed", developer: "not_allowed", operator: "not_allowed", "operator-2": "not_allowed" },
  },
  closeBreakGlassAction: {
    recordedAs: "break-glass.close",
    by: "operator-2",
    input: ({ glassId }) => ({ breakGlassId: glassId }),
    notFor: { viewer: "not_allowed", developer: "not_allowed", admin: "not_allowed" },
  },
  reviewBreakGlassAction: {
    recordedAs: "break-glass.review",
    by: "risk",
    input: ({ glassId }) => ({ breakGlassId: glassId, review: reason }),
    // It still lasts, and operator-2 has broken it.
    notFor: { viewer: "not_allowed", "operator-2": "not_allowed", risk: "not_allowed" },
  },
};

/** Calls that do not come from the console's own pages. */
const origins: Readonly<Record<string, ActionCall["headers"]>> = {
  "no Origin": { Origin: null },
  "Origin null": { Origin: "null" },
  "a foreign Origin": { Origin: foreign },
  "a foreign Origin and an X-Forwarded-Host that agrees": {
    Origin: foreign,
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Proto": "https",
  },
  "a foreign Origin and a Host that agrees": { Origin: foreign, Host: "elsewhere.example" },
};

/** Arguments that are not what the action takes, as JSON. */
const bodies: Readonly<Record<string, (input: Record<string, string>) => string>> = {
  "an unknown field": (input) => JSON.stringify([{ ...input, asOperator: "true" }]),
  "all its fields in __proto__": (input) => `[{"__proto__":${JSON.stringify(input)}}]`,
  "a number for each field": (input) => JSON.stringify([mapValues(input, () => 7)]),
  "an object for each field": (input) => JSON.stringify([mapValues(input, () => ({ $ne: "" }))]),
  "React's own reference for each field": (input) => JSON.stringify([mapValues(input, () => "$undefined")]),
  "a list instead of fields": (input) => JSON.stringify([Object.values(input)]),
  "null instead of fields": () => "[null]",
  "no argument": () => "[]",
};

let ground: Ground;

test.beforeAll(async ({ house, desk }) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "webhooks" });
  await desk.promote();
  const author = { name: "Second", email: "operator-2@gravv.example" };
  const { revision } = await releaseToDev(house, { service: "webhooks", author });
  const requestId = await desk.ask("developer");
  await deployed(house, "gravv-sandbox", revision);
  await atRest(house);
  const broken = await act(house.url, await desk.cookie("operator-2"), "breakGlassAction", {
    environment: live,
    reason,
  });
  ground = {
    requestId,
    glassId: z.object({ value: z.object({ breakGlassId: z.string() }) }).parse(broken).value.breakGlassId,
    promotion: (await desk.previewPromotion("developer")).digest,
    rollback: (await desk.previewRollback("operator")).digest,
    before: await everythingThatCouldChange(house),
  };
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

    if ("reason" in input({ requestId: "", promotion: "", rollback: "", glassId: "", before: undefined })) {
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
  const approved = await call("requestPromotionAction", {});
  await call("approveRequestAction", { requestId: approved ?? "" });
  expect((await desk.ended(approved ?? "")).operation).toMatchObject({ state: "succeeded" });
  const { digest } = await desk.previewRollback("operator");
  const rolledBack = await call("rollBackAction", { rollback: digest });
  expect((await desk.ended(rolledBack ?? "")).operation).toMatchObject({ state: "succeeded" });
});

/** What everybody may read: it shows nothing of any estate. */
const open = new Set(["/signin", "/api/healthz", "/api/readyz", "/api/auth/[...nextauth]", "/icon.svg", "/_not-found"]);
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
  for (const route of routes) {
    const path = `${route.replace("[requestId]", ground.requestId)}?environment=${encodeURIComponent(live)}`;
    const answer = await exchange(house.url, { path });
    if (route.startsWith("/api/")) {
      expect(answer.status, route).toBe(401);
      expect(JSON.parse(answer.body), route).toMatchObject({ status: 401, code: "not_signed_in" });
    } else {
      expect(answer.status, route).toBe(307);
      expect(answer.headers.location, route).toBe("/signin");
    }
    expect(answer.body, route).not.toMatch(/webhooks|onramp|amara|requestedBy/);
    if (!/audit|live|\[\.\.\./.test(route)) {
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

function mapValues(input: Record<string, string>, change: () => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.keys(input).map((key) => [key, change()]));
}
