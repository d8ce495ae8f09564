import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type ActionCall, exchange, postAction, tryToSignIn } from "#e2e/fixtures/caller.ts";
import { levelled } from "#e2e/fixtures/commits.ts";
import { expect, test } from "#e2e/fixtures/test.ts";
import { everythingThatCouldChange, recordInSql } from "#e2e/fixtures/truth.ts";

type Hostile = Readonly<{ status: number; code: string; call: Omit<ActionCall, "action" | "cookie"> }>;

const multipart = (body: string) => ({
  headers: { "Content-Type": "multipart/form-data; boundary=b" },
  body: `--b\r\n${body}`,
});

/** Calls that pass by origin and session, and that no page of the console makes. */
const calls: Readonly<Record<string, Hostile>> = {
  "a body that ends in the middle": { status: 400, code: "invalid", call: { body: "[{" } },
  "no body": { status: 400, code: "invalid", call: { body: "" } },
  "10 MB": { status: 413, code: "too_large", call: { body: `["${"x".repeat(10_000_000)}"]` } },
  "one byte too many": { status: 413, code: "too_large", call: { body: `["${"x".repeat(65_533)}"]` } },
  "10 MB that are not announced": {
    status: 413,
    code: "too_large",
    call: { body: `["${"x".repeat(10_000_000)}"]`, headers: { "Transfer-Encoding": "chunked" } },
  },
  "30,000 levels": { status: 400, code: "invalid", call: { body: `${"[".repeat(30_000)}${"]".repeat(30_000)}` } },
  "2,000 keys": { status: 400, code: "invalid", call: { body: `[[${Array(2_000).fill(1)}]]` } },
  "an id that no action has": {
    status: 409,
    code: "invalid",
    call: { body: "[]", headers: { "Next-Action": `40${"0".repeat(40)}` } },
  },
  "an id that is none": { status: 400, code: "invalid", call: { body: "[]", headers: { "Next-Action": "__proto__" } } },
  "no action's id": { status: 400, code: "invalid", call: { body: "[]", headers: { "Next-Action": null } } },
  "another content type": {
    status: 415,
    code: "wrong_type",
    call: { body: "[]", headers: { "Content-Type": "application/json" } },
  },
  "no content type": { status: 415, code: "wrong_type", call: { body: "[]", headers: { "Content-Type": null } } },
  "a form": {
    status: 415,
    code: "wrong_type",
    call: { body: "a=b", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
  },
  "multipart that ends in the middle": {
    status: 415,
    code: "wrong_type",
    call: multipart('Content-Disposition: form-data; name="0"\r\n\r\n[{'),
  },
  "React's own $ACTION_ fields": {
    status: 415,
    code: "wrong_type",
    call: multipart('Content-Disposition: form-data; name="$ACTION_ID_0"\r\n\r\n\r\n--b--\r\n'),
  },
  "a promise that never comes": { status: 400, code: "invalid", call: { body: '["$@1"]' } },
  "a reference to a function": { status: 400, code: "invalid", call: { body: '["$F1"]' } },
  "a reference into a prototype": { status: 400, code: "invalid", call: { body: '["$0:constructor:constructor"]' } },
  "the method PUT": { status: 405, code: "wrong_method", call: { body: "[]", method: "PUT" } },
  "the method DELETE": { status: 405, code: "wrong_method", call: { body: "", method: "DELETE" } },
  "the method PATCH": { status: 405, code: "wrong_method", call: { body: "[]", method: "PATCH" } },
};

test.beforeAll(async ({ house, desk }) => {
  await levelled(house, desk);
});

for (const [what, { status, code, call }] of Object.entries(calls)) {
  test(`a call with ${what} is refused with ${status}, on record, and changes nothing`, async ({ house, desk }) => {
    const cookie = await desk.cookie("operator");
    const before = await everythingThatCouldChange(house);
    const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;

    const answer = await postAction(house.url, { action: "rollBackAction", cookie, ...call });

    expect(answer.status, answer.body.slice(0, 300)).toBe(status);
    await expect
      .poll(() => recordInSql(house.database, last))
      .toMatchObject([{ actor: "operator", action: "action.called", outcome: "refused", detail: { code } }]);
    expect(await everythingThatCouldChange(house)).toEqual(before);
  });
}

/** GETs that are no good, and what they are answered with. */
const reads: Readonly<Record<string, Readonly<{ path: string; statuses: readonly number[]; method?: string }>>> = {
  "an environment of 7,000 characters": {
    path: `/api/v1/services?environment=${"x".repeat(7_000)}`,
    statuses: [200, 404],
  },
  "an address longer than a server takes": {
    path: `/api/v1/services?environment=${"x".repeat(17_000)}`,
    statuses: [431],
  },
  "an unknown parameter": { path: "/api/v1/services?nonsense=1&__proto__=1&environment[]=2", statuses: [200] },
  "a parameter given thrice": {
    path: "/api/v1/services?environment=a&environment=b&environment=c",
    statuses: [200, 404],
  },
  "a byte that is no UTF-8": { path: "/api/v1/services?environment=%ff%00", statuses: [200, 400, 404] },
  "a zero byte for SQL": { path: "/api/v1/requests?environment=%00", statuses: [200, 400, 404] },
  "a zero byte in a request's id": { path: "/api/v1/requests/req_%00", statuses: [400, 404] },
  "a percent sign alone": { path: "/api/v1/requests/%", statuses: [400, 404] },
  "a zero byte in a search of the record": { path: "/api/v1/audit?actor=%00", statuses: [200, 400] },
  "a search before infinity": { path: "/api/v1/audit?before=1e999", statuses: [400] },
  "a preview of nothing": { path: "/api/v1/promotions/preview", statuses: [404] },
  "a page's id with a zero byte": { path: "/requests/req_%00", statuses: [200, 400, 404] },
  "a page that is filtered by nonsense": { path: "/audit?actor=%00&before=-1&limit=x", statuses: [200, 400] },
  "a way out of the folder": { path: "/..%2f..%2fetc/passwd", statuses: [404] },
  "a read that is posted": { path: "/api/v1/services", method: "POST", statuses: [405] },
  "a read that is deleted": { path: "/api/v1/services", method: "DELETE", statuses: [405] },
  "a read's HEAD": { path: "/api/v1/services", method: "HEAD", statuses: [200] },
  "a read's OPTIONS": { path: "/api/v1/services", method: "OPTIONS", statuses: [204] },
  "the stream's HEAD": { path: "/api/v1/live", method: "HEAD", statuses: [200] },
  "a page's HEAD": { path: "/requests", method: "HEAD", statuses: [200] },
  "a page's OPTIONS": { path: "/requests", method: "OPTIONS", statuses: [403, 405] },
  TRACE: { path: "/requests", method: "TRACE", statuses: [403] },
  "TRACE of a read": { path: "/api/v1/services", method: "TRACE", statuses: [204] },
  "a method that is none": { path: "/api/v1/services", method: "PROPFIND", statuses: [400, 405] },
};

for (const [what, { path, statuses, method }] of Object.entries(reads)) {
  test(`${what} is answered rightly and never with 500`, async ({ house, desk }) => {
    const headers = { Cookie: await desk.cookie("operator") };
    const answer = await exchange(house.url, { path, headers, ...(method === undefined ? {} : { method }) });
    expect(statuses, `${answer.status} ${answer.body.slice(0, 300)}`).toContain(answer.status);
  });
}

for (const [what, contentType, body, status] of [
  ["a body that is no form", "application/json", "{", 200],
  ["20 kB", "application/x-www-form-urlencoded", "x".repeat(20_000), 413],
  ["multipart that ends in the middle", "multipart/form-data; boundary=b", "--b\r\n", 200],
] as const) {
  test(`signing in with ${what} is refused and not with 500`, async ({ house }) => {
    const answer = await exchange(house.url, {
      method: "POST",
      path: "/api/auth/callback/demo",
      headers: { "Content-Type": contentType },
      body,
    });
    expect(answer.status, answer.body).toBeLessThan(500);
    if (status === 413) {
      expect(answer.status).toBe(413);
    }
    expect(answer.headers["set-cookie"]?.join() ?? "").not.toContain("session-token");
  });
}

test("every answer says that it is not to be stored, framed or sniffed", async ({ house, desk }) => {
  const headers = { Cookie: await desk.cookie("operator") };
  const paths = [
    "/",
    "/requests",
    "/audit",
    "/promotions",
    "/signin",
    "/no/such/page",
    "/api/v1/services",
    "/api/v1/nothing",
    "/api/v1/requests/none",
    "/api/v1/audit/export",
    "/step-up/none",
    "/api/healthz",
    "/api/readyz",
    "/api/metrics",
    "/api/auth/session",
    "/api/auth/csrf",
    "/api/auth/providers",
  ];
  for (const path of paths) {
    const answer = await exchange(house.url, { path, headers });
    expect(answer.headers["cache-control"], path).toContain("no-store");
    expect(answer.headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(answer.headers["x-content-type-options"], path).toBe("nosniff");
    expect(answer.headers["cross-origin-resource-policy"], path).toBe("same-origin");
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page breaks its own policy in ${colorScheme}, and a script from elsewhere does not run`, async ({
    browser,
    house,
    desk,
  }) => {
    const context = await browser.newContext({ baseURL: house.url, colorScheme });
    const cookie = await desk.cookie("operator");
    await context.addCookies(
      cookie.split("; ").map((pair) => ({
        name: pair.slice(0, pair.indexOf("=")),
        value: pair.slice(pair.indexOf("=") + 1),
        url: house.url,
      })),
    );
    const broken: string[] = [];
    await context.exposeFunction("reportBroken", (what: string) => broken.push(what));
    await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
      window.reportBroken(location.pathname + ": " + event.effectiveDirective + " " + event.blockedURI + " " + event.sample))`);
    const page = await context.newPage();
    const nonces = new Set<string>();
    for (const path of ["/", "/promotions", "/requests", "/audit", "/people", "/no-role", "/no/such/page"]) {
      const answer = await page.goto(path);
      const nonce = /'nonce-([^']+)'/.exec((await answer?.headerValue("content-security-policy")) ?? "")?.[1] ?? "";
      expect(nonce.length, path).toBeGreaterThan(20);
      nonces.add(nonce);
      await page.waitForLoadState("load");
    }
    expect(nonces.size).toBe(7);
    await page.goto("/");
    await expect(page.getByRole("navigation").first()).toBeVisible();
    expect(broken).toEqual([]);

    await page.evaluate(() => {
      const script = document.createElement("div");
      script.innerHTML = "<img src=x onerror='window.wasRun = true'>";
      document.body.append(script);
    });
    await expect.poll(() => broken.join("\n")).toContain("script-src");
    expect(await page.evaluate(() => Reflect.get(window, "wasRun"))).toBeUndefined();
    await context.close();
  });
}

test("the fifty-first stream of a person is refused, and one that closes makes room", async ({ house, desk }) => {
  const cookie = await desk.cookie("auditor");
  const open = () => openStream(house.url, cookie);
  const streams = await Promise.all(Array.from({ length: 50 }, open));
  expect(streams.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;

  const refused = await Promise.all([open(), open()]);

  expect(refused.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual([
    [429, "5"],
    [429, "5"],
  ]);
  expect(await recordInSql(house.database, last)).toMatchObject([
    { actor: "auditor", action: "read.called", outcome: "refused", detail: { code: "too_many" } },
  ]);
  streams[0]?.close();
  await expect
    .poll(async () => {
      const stream = await open();
      stream.close();
      return stream.status;
    })
    .toBe(200);
  for (const stream of streams) {
    stream.close();
  }
});

test("after ten failed sign-ins of a name the next is refused unasked, on record once; another name gets in", async ({
  house,
}) => {
  for (let at = 0; at < 10; at += 1) {
    expect((await tryToSignIn(house.url, "nobody-known")).answer.status).toBe(401);
  }
  const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;

  const refused = [await tryToSignIn(house.url, "nobody-known"), await tryToSignIn(house.url, "nobody-known")];

  for (const { answer } of refused) {
    expect(answer.status).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(200);
  }
  expect(await recordInSql(house.database, last)).toMatchObject([
    { actor: "nobody", action: "session.sign-in", outcome: "refused" },
  ]);
  expect((await tryToSignIn(house.url, "viewer")).answer.status).toBe(200);
});

test("an address that begins to sign in without end is stopped for the minute, on record once, before any provider is asked", async ({
  house,
}) => {
  const begin = async () =>
    (await exchange(house.url, { method: "POST", path: "/api/auth/signin/oidc", body: "csrfToken=none" })).status;
  const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;
  const statuses: number[] = [];
  for (let at = 0; at < 31; at += 1) {
    statuses.push(...(await Promise.all(Array.from({ length: 10 }, begin))));
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  expect(await recordInSql(house.database, last)).toMatchObject([
    { actor: "nobody", action: "session.sign-in", outcome: "refused" },
  ]);
  await house.database.query(`TRUNCATE "Allowance"`);
});

test("a call to the interface that is no read is refused, on record, and changes nothing", async ({ house, desk }) => {
  const headers = { Cookie: await desk.cookie("operator"), Origin: house.url };
  const before = await everythingThatCouldChange(house);
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;
    const answer = await exchange(house.url, { method, path: "/api/v1/requests?x=1", headers });
    expect([method, answer.status]).toEqual([method, 405]);
    await expect
      .poll(() => recordInSql(house.database, last))
      .toMatchObject([{ actor: "operator", action: "action.called", target: "/api/v1/requests", outcome: "refused" }]);
  }
  expect(await everythingThatCouldChange(house)).toEqual(before);
});

test("somebody who asks without end is stopped for the minute, on record once, and another person is not", async ({
  house,
  desk,
}) => {
  const cookie = await desk.cookie("risk");
  const ask = async () =>
    (
      await postAction(house.url, {
        action: "withdrawRequestAction",
        cookie,
        body: '[{"requestId":"req_00000000000000000000"}]',
      })
    ).body;
  const last = (await recordInSql(house.database)).at(-1)?.seq ?? 0;
  const answers: string[] = [];
  for (let at = 0; at < 14; at += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 10 }, ask))));
  }
  expect(answers.filter((body) => body.includes('"too_many"'))).toHaveLength(20);
  const record = await recordInSql(house.database, last);
  expect(record).toHaveLength(121);
  expect(record.filter(({ detail }) => detail.code === "too_many")).toHaveLength(1);
  const other = await postAction(house.url, {
    action: "withdrawRequestAction",
    cookie: await desk.cookie("compliance"),
    body: '[{"requestId":"req_00000000000000000000"}]',
  });
  expect(other.body).not.toContain('"too_many"');
});

test("a stream that goes on is sent as it is, for no change may wait for a compressor; one that begins is compressed", async ({
  house,
  desk,
}) => {
  const cookie = await desk.cookie("operator");
  for (const path of ["/api/v1/live", "/api/v1/live/pods"]) {
    const [begins, goesOn] = [
      await openStream(house.url, cookie, path),
      await openStream(house.url, cookie, `${path}?after=e:1`),
    ];
    begins.close();
    goesOn.close();
    expect(begins.headers["content-encoding"]).toBe("gzip");
    expect(goesOn.headers["content-encoding"]).toBeUndefined();
    expect(goesOn.headers["cache-control"]).toBe("no-store, no-transform");
  }
});

type Stream = Readonly<{ status: number; headers: IncomingHttpHeaders; close(): void }>;

/** Asks as browsers do, which take compressed answers. */
function openStream(url: string, cookie: string, path = "/api/v1/live"): Promise<Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<Stream>();
  const headers = { Cookie: cookie, "Accept-Encoding": "gzip, deflate, br" };
  const call = httpRequest(new URL(path, url), { headers, agent: false }, (response) => {
    response.on("error", () => undefined);
    response.resume();
    resolve({ status: response.statusCode ?? 0, headers: response.headers, close: () => call.destroy() });
  });
  call.on("error", reject);
  call.end();
  return promise;
}
