import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { parseDocument } from "yaml";
import { act, exchange, signIn, tryToAct } from "#e2e/fixtures/caller.ts";
import { levelled, releaseToDev } from "#e2e/fixtures/commits.ts";
import type { House } from "#e2e/fixtures/house.ts";
import { clientId, clientSecret, type IdentityProvider, type Someone, startProvider } from "#e2e/fixtures/provider.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { recordInSql, recordOfRequest, requestInSql } from "#e2e/fixtures/truth.ts";
import { agreeAtProvider, forgetSession, signInByProvider, typeAtProvider } from "#e2e/pages/provider-pages.ts";
import { requestOf } from "#e2e/pages/request-page.ts";
import { visit } from "#e2e/pages/shell.ts";

const reason = "A reason that is long enough to stand.";
const actionWithinMs = 1_000;
const streamWithinMs = 5_000;

const ngozi: Someone = {
  sub: "u-1",
  preferred_username: "ngozi",
  email: "ngozi@gravv.example",
  email_verified: true,
  groups: ["id-operators"],
};
const bola: Someone = { sub: "u-2", preferred_username: "bola", groups: [] };

let provider: IdentityProvider;
let original: string;
const configOf = (house: House) => join(house.directory, "gatehouse.yaml");

/** Changes gatehouse.yaml as somebody at the console's machine would. */
async function configure(house: House, change: (document: ReturnType<typeof parseDocument>) => void): Promise<void> {
  const document = parseDocument(await readFile(configOf(house), "utf8"));
  change(document);
  await writeFile(configOf(house), document.toString());
}

const grant = (role: string, group: string, environments: string[]) => ({ role, groups: [group], environments });

test.beforeAll(async ({ house }) => {
  provider = await startProvider(`${house.url}/api/auth/callback/oidc`);
  original = await readFile(configOf(house), "utf8");
  await configure(house, (document) => {
    document.setIn(["access", "oidc"], {
      issuer: provider.issuer,
      clientId,
      clientSecret,
      name: "Example ID",
      scopes: ["openid", "profile", "email", "groups"],
    });
    document.addIn(["access", "grants"], grant("operator", "id-operators", ["gravv/live"]));
    document.addIn(["access", "grants"], grant("viewer", "id-operators", ["*"]));
  });
  await expect
    .poll(async () => (await exchange(house.url, { path: "/api/auth/providers" })).body, { timeout: 10_000 })
    .toContain("oidc");
});
test.beforeEach(() => {
  provider.people.clear();
  provider.people.set("ngozi", ngozi);
  provider.people.set("bola", bola);
});
test.afterAll(async ({ house }) => {
  await writeFile(configOf(house), original);
  await provider.stop();
});

const cookieOf = async (context: BrowserContext) =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");

/** What a thief would copy. */
async function sessionOf(context: BrowserContext, house: House): Promise<string> {
  const kept = (await context.cookies(house.url)).filter(({ name }) => name.includes("session-token"));
  return kept.map(({ name, value }) => `${name}=${value}`).join("; ");
}

async function mayBegin(house: House, cookie: string): Promise<boolean> {
  return (await tryToAct(house.url, cookie, "beginStepUpAction", { digest: "d".repeat(64) })).ok;
}

async function lastSeq(house: House): Promise<number> {
  return (await recordInSql(house.database)).at(-1)?.seq ?? 0;
}

type OpenStream = Readonly<{ ended: Promise<Readonly<{ endedAt: number; words: string }>> }>;

/** Opens a session's stream and reads its first words; then when it ends, and its last ones. */
async function openStream(house: House, cookie: string): Promise<OpenStream> {
  const response = await fetch(`${house.url}/api/v1/live`, { headers: { Cookie: cookie } });
  expect(response.status).toBe(200);
  const parts = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await parts?.read();
  return { ended: readToEnd(parts) };
}

async function readToEnd(parts: ReadableStreamDefaultReader<string> | undefined) {
  let words = "";
  for (let part = await parts?.read(); part !== undefined && !part.done; part = await parts?.read()) {
    words = part.value;
  }
  return { endedAt: performance.now(), words };
}

test("a wrong password lets nobody in, the right one does, with the roles of one's groups in each environment", async ({
  house,
  page,
  pageOf,
}) => {
  await page.goto("/signin");
  await page.getByRole("button", { name: "Sign in with Example ID" }).click();
  await typeAtProvider(page, "ngozi", "wrong");
  await expect(page.getByRole("alert")).toHaveText("Wrong login or password");
  expect((await page.context().cookies(house.url)).map(({ name }) => name)).not.toContain("next-auth.session-token");

  await typeAtProvider(page, "ngozi");
  await agreeAtProvider(page);
  await expect(page).toHaveURL(`${house.url}/`);
  await expect(page.getByRole("complementary", { name: "Navigation" })).toContainText("ngozi");

  const people = await pageOf("admin", "/people");
  const line = people.getByRole("row").filter({ hasText: "ngozi" });
  await expect(line).toContainText("id-operators");
  await expect(line).toContainText("operator in gravv/live");
  await expect(line).toContainText("viewer everywhere");
  const signedIn = (await recordInSql(house.database)).find((row) => row.actor === "ngozi");
  expect(signedIn).toMatchObject({ action: "session.signed-in", detail: { provider: provider.issuer } });
});

test("the session's cookie is kept from scripts and from other sites, and holds no more than eight hours", async ({
  house,
  page,
}) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const session = (await page.context().cookies(house.url)).find(({ name }) => name.includes("session-token"));
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(session?.expires ?? 0).toBeLessThanOrEqual(Date.now() / 1000 + 8 * 3600 + 5);
});

test("whoever refuses at the provider comes back to words, and that is on record", async ({ house, page }) => {
  const last = await lastSeq(house);
  await page.goto("/signin");
  await page.getByRole("button", { name: "Sign in with Example ID" }).click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await expect(page.getByRole("alert").first()).toContainText("did not vouch for you");
  expect(await recordInSql(house.database, last)).toMatchObject([
    { actor: "nobody", action: "session.sign-in", outcome: "refused" },
  ]);
});

test("a name that cannot be used, or that is somebody else's, lets nobody in", async ({ house, page }) => {
  provider.people.set("evil", { sub: "u-3", preferred_username: "system:gatehouse", groups: ["id-operators"] });
  provider.people.set("double", { sub: "u-4", preferred_username: "operator", groups: ["id-operators"] });
  await signIn(house.url, "operator");
  for (const [login, words] of [
    ["evil", "cannot be used here"],
    ["double", "Somebody else has signed in under your name"],
  ] as const) {
    await forgetSession(page);
    await signInByProvider(page, login);
    await expect(page.getByRole("alert").first()).toContainText(words);
    expect((await exchange(house.url, { path: "/", headers: { Cookie: await cookieOf(page.context()) } })).status).toBe(
      307,
    );
  }
});

test("somebody without a group is told so, and sees nothing", async ({ house, page }) => {
  await signInByProvider(page, "bola");
  await expect(page).toHaveURL(/\/no-role$/);
  await expect(page.getByRole("main")).toContainText("You are signed in as bola");
  await expect(page.getByRole("main")).toContainText("names no group that you are in");
  const cookie = await cookieOf(page.context());
  const answer = await exchange(house.url, { path: "/api/v1/services", headers: { Cookie: cookie } });
  expect(answer.body).not.toContain("webhooks");
});

test("a role that is taken away at the provider is gone at the next sign-in", async ({ house, page }) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  provider.people.set("ngozi", { ...ngozi, groups: [] });
  await forgetSession(page);
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(/\/no-role$/);
});

test("whoever signs out at the provider is out within 1 s for actions and 5 s for streams, on record, and no other of their sessions is", async ({
  house,
  page,
  browser,
}) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const elsewhere = await browser.newContext({ baseURL: house.url });
  const other = await elsewhere.newPage();
  await signInByProvider(other, "ngozi");
  await expect(other).toHaveURL(`${house.url}/`);
  const cookie = await sessionOf(page.context(), house);
  const stream = await openStream(house, cookie);
  const last = await lastSeq(house);

  await page.goto(`${provider.issuer}/session/end`);
  await page.getByRole("button", { name: "Sign me out" }).click();
  const endedAt = performance.now();
  await expect.poll(() => mayBegin(house, cookie), { timeout: actionWithinMs, intervals: [20] }).toBe(false);
  expect((await stream.ended).endedAt - endedAt).toBeLessThan(streamWithinMs);
  expect(await mayBegin(house, await sessionOf(elsewhere, house))).toBe(true);
  expect(await recordInSql(house.database, last)).toContainEqual(
    expect.objectContaining({ actor: "identity:provider", action: "sessions.ended", target: "ngozi", outcome: "done" }),
  );
  await elsewhere.close();
});

test("a provider that ends all sessions of somebody, whose role it takes away, is heard at once; a forged word of it ends none", async ({
  house,
  page,
}) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const cookie = await sessionOf(page.context(), house);
  const stream = await openStream(house, cookie);
  const forged = await exchange(house.url, {
    method: "POST",
    path: "/api/auth/backchannel-logout",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "logout_token=e30.e30.",
  });
  expect(forged.status).toBe(400);
  expect((await recordInSql(house.database)).at(-1)).toMatchObject({ action: "sessions.end", outcome: "refused" });
  expect(await mayBegin(house, cookie)).toBe(true);

  const endedAt = performance.now();
  await provider.endSessionsOf(ngozi.sub);
  expect(await mayBegin(house, cookie)).toBe(false);
  expect((await stream.ended).endedAt - endedAt).toBeLessThan(streamWithinMs);
});

test("signing out ends the session for a copy of its cookie too, and for its streams", async ({ house, page }) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const copied = await sessionOf(page.context(), house);
  const stream = await openStream(house, copied);
  expect(await mayBegin(house, copied)).toBe(true);

  const endedAt = performance.now();
  await page.evaluate(async () => {
    const { csrfToken } = await (await fetch("/api/auth/csrf")).json();
    await fetch("/api/auth/signout", { method: "POST", body: new URLSearchParams({ csrfToken, json: "true" }) });
  });
  expect(await mayBegin(house, copied)).toBe(false);
  expect((await exchange(house.url, { path: "/api/v1/services", headers: { Cookie: copied } })).status).toBe(401);
  expect((await stream.ended).endedAt - endedAt).toBeLessThan(streamWithinMs);
});

test("a provider that is down is said in words", async ({ page }) => {
  await provider.stop();
  try {
    await page.goto("/signin");
    await page.getByRole("button", { name: "Sign in with Example ID" }).click();
    await expect(page.getByRole("alert").first()).toContainText("cannot be reached");
  } finally {
    await provider.start();
  }
});

test("sessions that an admin ends are over: the next action is refused, streams close, the page asks to sign in", async ({
  house,
  page,
  desk,
}) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const cookie = await cookieOf(page.context());
  const stream = await openStream(house, cookie);
  await page.waitForLoadState();
  const endedAt = performance.now();
  expect(
    await act(house.url, await desk.cookie("admin"), "endSessionsAction", { account: "ngozi", reason }),
  ).toMatchObject({ ok: true });

  const refused = await tryToAct(house.url, cookie, "beginStepUpAction", { digest: "d".repeat(64) });
  expect(refused).toMatchObject({ ok: false, code: "not_signed_in" });
  const { endedAt: closedAt, words } = await stream.ended;
  test.info().annotations.push({ type: "stream closed after ms", description: String(Math.round(closedAt - endedAt)) });
  expect(closedAt - endedAt).toBeLessThan(streamWithinMs);
  expect(words).toContain("event: over");
  await expect(page).toHaveURL(/\/signin$/);
});

test("a session that is ended behind everybody's back is over with the next beat", async ({ house }) => {
  const cookie = await signIn(house.url, "risk");
  const stream = await openStream(house, cookie);
  const endedAt = performance.now();
  await house.database.query(`UPDATE "Account" SET "sessionVersion" = "sessionVersion" + 1 WHERE account = 'risk'`);
  const { endedAt: closedAt } = await stream.ended;
  test.info().annotations.push({ type: "beat closed after ms", description: String(Math.round(closedAt - endedAt)) });
  expect(closedAt - endedAt).toBeLessThan(streamWithinMs);
});

test("a role that gatehouse.yaml takes away is gone for actions within 1 s and for streams within 5 s, and is on record", async ({
  house,
}) => {
  const before = await readFile(configOf(house), "utf8");
  const cookie = await signIn(house.url, "compliance");
  const stream = await openStream(house, cookie);
  const last = await lastSeq(house);
  const mayRead = async () =>
    (await exchange(house.url, { path: "/api/v1/audit", headers: { Cookie: cookie } })).status === 200;
  expect(await mayRead()).toBe(true);

  const changedAt = performance.now();
  await configure(house, (document) => {
    document.setIn(["access", "grants", 3, "role"], "viewer");
  });
  await expect.poll(mayRead, { timeout: 5_000, intervals: [20] }).toBe(false);
  const feltAfter = performance.now() - changedAt;
  const closedAfter = (await stream.ended).endedAt - changedAt;
  test.info().annotations.push({
    type: "role felt / stream closed after ms",
    description: `${Math.round(feltAfter)} / ${Math.round(closedAfter)}`,
  });
  expect(feltAfter).toBeLessThan(actionWithinMs);
  expect(closedAfter).toBeLessThan(streamWithinMs);
  await expect
    .poll(async () => (await recordInSql(house.database, last)).map(({ action }) => action))
    .toContain("configuration.changed");
  await writeFile(configOf(house), before);
  await expect.poll(mayRead, { timeout: 5_000, intervals: [20] }).toBe(true);
});

test("a wrong gatehouse.yaml changes nothing, and every page says which line is wrong", async ({ house, pageOf }) => {
  const before = await readFile(configOf(house), "utf8");
  const page = await pageOf("admin", "/people");
  await writeFile(configOf(house), before.replace("role: auditor", "role: root"));
  await expect(page.getByRole("status").filter({ hasText: "gatehouse.yaml is wrong since" })).toContainText(
    /gatehouse\.yaml:\d+:\d+: access\.grants\[\d+\]\.role: expected/,
  );
  await expect(page.getByRole("status").filter({ hasText: "gatehouse.yaml" })).not.toContainText(house.directory);
  expect(
    (await exchange(house.url, { path: "/api/v1/audit", headers: { Cookie: await signIn(house.url, "auditor") } }))
      .status,
  ).toBe(200);
  await writeFile(configOf(house), before);
  await expect(page.getByRole("status").filter({ hasText: "gatehouse.yaml is wrong" })).toHaveCount(0);
});

/** Goes through a fresh sign-in at the provider for a digest, as a page does that was refused with step_up. */
async function beginStepUp(page: Page, house: House): Promise<string> {
  const begun = await act(house.url, await cookieOf(page.context()), "beginStepUpAction", { digest: "d".repeat(64) });
  const stepUpId = /stp_[0-9a-f]+/.exec(JSON.stringify(begun))?.[0] ?? "";
  const callbackUrl = `/step-up/${stepUpId}?return=${encodeURIComponent("/requests")}`;
  const url = await page.evaluate(async (callback) => {
    const { csrfToken } = await (await fetch("/api/auth/csrf")).json();
    const answer = await fetch("/api/auth/signin/oidc?max_age=0&prompt=login", {
      method: "POST",
      body: new URLSearchParams({ csrfToken, callbackUrl: callback, json: "true" }),
    });
    return (await answer.json()).url;
  }, callbackUrl);
  await page.goto(url);
  return stepUpId;
}

async function stepUpInSql(house: House, id: string) {
  const { rows } = await house.database.query(`SELECT account, "confirmedAt", "spentAt" FROM "StepUp" WHERE id = $1`, [
    id,
  ]);
  return rows[0];
}

test("a step-up asks for the password again though one is signed in, and counts once", async ({ house, page }) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const stepUpId = await beginStepUp(page, house);

  await typeAtProvider(page, "ngozi");
  await expect(page).toHaveURL(/\/requests\?stepped-up=yes$/);
  await expect(page.getByRole("status").filter({ hasText: "You have signed in again" })).toBeVisible();
  const confirmed = await stepUpInSql(house, stepUpId);
  expect(confirmed).toMatchObject({ account: "ngozi", confirmedAt: expect.any(Date), spentAt: null });

  await page.goto(`/step-up/${stepUpId}?return=/requests`);
  await expect(page).toHaveURL(/stepped-up=no$/);
  expect(await stepUpInSql(house, stepUpId)).toEqual(confirmed);
});

test("a step-up is not confirmed by the session that began it, nor by somebody else's fresh sign-in", async ({
  house,
  page,
}) => {
  provider.people.set("chidi", { sub: "u-5", preferred_username: "chidi", groups: ["id-operators"] });
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  const stepUpId = await beginStepUp(page, house);
  await page.goto(`/step-up/${stepUpId}`);
  await expect(page).toHaveURL(/stepped-up=no$/);

  const again = await beginStepUp(page, house);
  await typeAtProvider(page, "chidi");
  await agreeAtProvider(page);
  await expect(page).toHaveURL(/stepped-up=no$/);
  expect(await stepUpInSql(house, again)).toMatchObject({ confirmedAt: null });
});

test("an approval asks for the password again, then the plan is in sight once more and a second click approves it", async ({
  house,
  desk,
  page,
}) => {
  await levelled(house, desk);
  await releaseToDev(house, { service: "webhooks" });
  const requestId = await desk.ask("developer");
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  await visit(page, `/requests/${requestId}`);
  const { approve } = requestOf(page);

  await approve.click();
  await typeAtProvider(page, "ngozi");
  await expect(page).toHaveURL(new RegExp(`/requests/${requestId}\\?stepped-up=yes$`));
  await expect(page.getByRole("button", { name: /^Live/ })).toBeVisible();
  expect(await requestInSql(house.database, requestId)).toMatchObject({ state: "waiting" });
  await approve.click();
  await expect(approve).toHaveCount(0);

  expect(await desk.ended(requestId)).toMatchObject({ state: "approved", operation: { state: "succeeded" } });
  const approvals = (await recordOfRequest(house.database, requestId)).filter(
    ({ action, outcome }) => action === "request.approved" && outcome === "accepted",
  );
  expect(approvals).toMatchObject([{ actor: "ngozi" }]);
});

test("a step-up leads back to the console alone", async ({ house, page }) => {
  await signInByProvider(page, "ngozi");
  await expect(page).toHaveURL(`${house.url}/`);
  for (const elsewhere of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
    const answer = await exchange(house.url, {
      path: `/step-up/stp_00000000000000000000?return=${encodeURIComponent(elsewhere)}`,
      headers: { Cookie: await cookieOf(page.context()) },
    });
    expect(answer.headers.location, elsewhere).toBe("/?stepped-up=no");
  }
});

const pages = ["/", "/rollouts", "/promotions", "/requests", "/audit", "/people", "/requests/req_00000000000000000000"];
const reads = [
  "environments",
  "services",
  "quotas",
  "rollouts",
  "rollouts/workload?id=gravv/none",
  "pods/pod?id=gravv/none",
  "posture",
  "search?q=onramp",
  "promotions",
  "requests",
  "requests/req_00000000000000000000",
  "audit",
  "live",
  "promotions/preview?environment=gravv/live",
  "rollbacks/preview?environment=gravv/live",
  "restarts/preview?environment=gravv/live&kind=Deployment&namespace=gravv-live&name=webhooks",
].map((read) => `/api/v1/${read}`);

test("every page and every read refuses nobody, an ended session, and somebody without a role, by itself", async ({
  house,
  page,
}) => {
  const ended = await signIn(house.url, "auditor");
  await act(house.url, ended, "endSessionsAction", { account: "auditor", reason });
  await signInByProvider(page, "bola");
  await expect(page).toHaveURL(/\/no-role$/);
  const withoutRole = await cookieOf(page.context());
  const ask = (path: string, cookie: string) => exchange(house.url, { path, headers: { Cookie: cookie } });
  for (const path of pages) {
    for (const [cookie, location] of [
      ["", "/signin"],
      [ended, "/signin"],
      [withoutRole, "/no-role"],
    ] as const) {
      const answer = await ask(path, cookie);
      expect([path, answer.status, answer.headers.location]).toEqual([path, 307, location]);
    }
  }
  for (const path of reads) {
    expect([path, (await ask(path, "")).status]).toEqual([path, 401]);
    expect([path, (await ask(path, ended)).status]).toEqual([path, 401]);
    const answer = await ask(path, withoutRole);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.body, path).not.toMatch(/webhooks|onramp/);
  }
});
