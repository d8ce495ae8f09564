import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { type Browser, chromium, type Page } from "@playwright/test";
import * as z from "zod";
import { openCluster } from "#lib/systems/kubernetes/client.ts";

const NAMESPACE = "gravv-sandbox";
const ANNOTATION = "deploy.gravv.example/revision";

/** Where the house stands that is measured; the kubeconfig may change Deployments. */
export type House = Readonly<{ url: string; kubeconfig: string; chromium: string }>;

/** Milliseconds from just before each change was sent, in the order of the changes. */
export type Latencies = Readonly<{ pixel: readonly number[]; watch: readonly number[]; sent: number }>;

/**
 * Changes the revision of one Deployment after another, `perSecond` times a second, and measures for each when the overview has
 * painted it and when a bare watch has read it. All clocks are this machine's; a change that never shows is left out and so
 * makes `pixel` shorter than `sent`.
 */
export async function measureLatencies(house: House, changes: number, perSecond: number): Promise<Latencies> {
  const names = ["deposits", "gateway", "identity", "ledger", "offramp", "onramp", "sweeps", "webhooks"];
  const sentAt = new Map<string, number>();
  const patch = await openPatch(house.kubeconfig);
  const browser = await chromium.launch({ executablePath: house.chromium, args: ["--no-sandbox", "--disable-gpu"] });
  const watch = readWatch(house.kubeconfig);
  try {
    const page = await openOverview(browser, house.url);
    for (let change = 0; change < changes; change += 1) {
      const revision = change.toString(16).padStart(8, "0").padEnd(40, "0");
      sentAt.set(revision.slice(0, 8), now());
      await Promise.all([patch(names[change % names.length] ?? "", revision), wait(1000 / perSecond)]);
    }
    await page.waitForFunction(
      (last) => last in Reflect.get(window, "paintedAt"),
      (changes - 1).toString(16).padStart(8, "0"),
    );
    const paintedAt = Times.parse(await page.evaluate(() => Reflect.get(window, "paintedAt")));
    return {
      pixel: latencies(sentAt, new Map(Object.entries(paintedAt))),
      watch: latencies(sentAt, watch.seenAt),
      sent: changes,
    };
  } finally {
    watch.stop();
    await browser.close();
  }
}

const Times = z.record(z.string(), z.number());

function now(): number {
  return performance.timeOrigin + performance.now();
}

function latencies(sentAt: ReadonlyMap<string, number>, seenAt: ReadonlyMap<string, number>): number[] {
  return [...sentAt].flatMap(([key, sent]) => {
    const seen = seenAt.get(key);
    return seen === undefined ? [] : [seen - sent];
  });
}

async function openOverview(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(watchPaints);
  await page.goto(`${url}/signin`);
  await page.getByRole("button", { name: "Sign in as viewer", exact: true }).click();
  await page.waitForURL(`${url}/`);
  await page.getByRole("button", { name: /^Live/ }).waitFor();
  return page;
}

/** Runs in the page: notes for each revision that appears when the frame that shows it has been painted. */
function watchPaints(): void {
  const paintedAt: Record<string, number> = {};
  Reflect.set(window, "paintedAt", paintedAt);
  const afterPaint = (work: () => void) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = work;
      channel.port2.postMessage(undefined);
    });
  };
  new MutationObserver((mutations) => {
    const shown = mutations
      .map((mutation) => mutation.target.textContent ?? "")
      .filter((text) => /^[0-9a-f]{8}$/.test(text));
    afterPaint(() => {
      const at = performance.timeOrigin + performance.now();
      for (const revision of shown) {
        paintedAt[revision] ??= at;
      }
    });
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

async function openPatch(kubeconfig: string): Promise<(name: string, revision: string) => Promise<void>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server ?? "";
  const options = { method: "PATCH", headers: { "Content-Type": "application/merge-patch+json" } };
  await config.applyToHTTPSOptions(options);
  return (name, revision) =>
    new Promise((resolve, reject) => {
      const url = `${server}/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}?fieldManager=bench`;
      request(url, options, (response) => {
        response.resume().on("end", () => {
          if (response.statusCode === 200) {
            resolve();
          } else {
            reject(new Error(`the API server answers ${response.statusCode} to a patch of ${name}`));
          }
        });
      })
        .on("error", reject)
        .end(JSON.stringify({ metadata: { annotations: { [ANNOTATION]: revision } } }));
    });
}

const Patched = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }) });

/** The peer: the same watch, read and nothing else. */
function readWatch(kubeconfig: string): { seenAt: Map<string, number>; stop(): void } {
  const cluster = openCluster({ id: "bench", kubeconfigPath: kubeconfig, context: undefined });
  const seenAt = new Map<string, number>();
  const stopping = new AbortController();
  const reading = (async () => {
    let resourceVersion = "";
    for await (const page of cluster.list("Deployment", stopping.signal)) {
      resourceVersion = page.resourceVersion;
    }
    for await (const message of cluster.watch(
      "Deployment",
      { resourceVersion, timeoutSeconds: 3600 },
      stopping.signal,
    )) {
      if (message.type === "changed") {
        const key = Patched.parse(message.object).metadata.annotations[ANNOTATION]?.slice(0, 8) ?? "";
        seenAt.set(key, seenAt.get(key) ?? now());
      }
    }
  })();
  reading.catch((failure: unknown) => {
    if (!stopping.signal.aborted) {
      throw failure;
    }
  });
  return { seenAt, stop: () => stopping.abort() };
}

/** The value below which `share` of the values lie, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
