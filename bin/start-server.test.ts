import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "#cluster/ports.ts";
import type { StartState } from "./start-page.mjs";
import { openStartPage } from "./start-server.mjs";
import { readPort, WrongUse } from "./usage.mjs";

const state: StartState = {
  startedAt: "2026-11-21T10:00:00.000Z",
  steps: [{ name: "Packages", detail: "npm ci", state: "running", elapsedSeconds: 3 }],
};

let closing: (() => Promise<void>)[] = [];

async function open(port: number): Promise<{ close(): Promise<void> }> {
  const page = await openStartPage({ port, state: () => state });
  closing.push(page.close);
  return page;
}

async function freePort(): Promise<number> {
  return (await freePorts(["page"], {})).page;
}

afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

describe("the start page's server", () => {
  test("answers any path with the page and its polling with the state", async () => {
    const port = await freePort();
    await open(port);
    const page = await fetch(`http://127.0.0.1:${port}/promotions?x=1`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Gatehouse is getting ready.");
    const json = await fetch(`http://127.0.0.1:${port}/start.json`);
    expect(await json.json()).toMatchObject({ steps: [{ name: "Packages" }] });
  });

  test("is never taken for a console that answers", async () => {
    const port = await freePort();
    await open(port);
    for (const path of ["/api/healthz", "/api/readyz", "/api/v1/services"]) {
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(503);
    }
  });

  test("frees its port at once, even from a browser that keeps its connection", async () => {
    const port = await freePort();
    const page = await open(port);
    await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: "keep-alive" } });
    await page.close();
    await open(port);
  });

  test("names a port that is taken and what to do", async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise((resolve) => other.listen(port, "127.0.0.1", () => resolve(undefined)));
    closing.push(() => new Promise((resolve) => other.close(() => resolve())));
    const refused = openStartPage({ port, state: () => state });
    await expect(refused).rejects.toThrow(WrongUse);
    await expect(refused).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program, so nothing was started. End that program, or choose another port: PORT=`,
    );
  });
});

describe("PORT", () => {
  test("is 3000 where nothing is said", () => {
    expect(readPort(undefined)).toBe(3000);
    expect(readPort("")).toBe(3000);
  });

  test.each(["web", "0", "65536", "80.5", "-1"])("is refused when it is %s", (text) => {
    expect(() => readPort(text)).toThrow(`PORT is "${text}", which is not a port. Nothing was started.`);
  });
});
