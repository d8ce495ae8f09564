import type { Browser, BrowserContext, Page } from "@playwright/test";
import * as z from "zod";

const Opened = z.object({ firstRowsAt: z.number(), heldAt: z.number(), held: z.number() });
const Painted = z.record(z.string(), z.number());

/** A page of pods in a browser that has seen nothing before. */
export type PodsPage = Readonly<{
  page: Page;
  /** The names of the pods that stand on the screen. */
  shown: readonly string[];
  /** In ms from asking for it until rows were painted. */
  firstMs: number;
  /** How many pods the page holds, and in ms from asking for it until it held as many as were awaited and had painted so. */
  held: number;
  heldMs: number;
  /** When each restart count was first painted, in ms since the epoch. */
  painted(): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}>;

/**
 * `signIn` is done before, in the same context. A page marks a pod's row with `data-pod` and its cell with `data-restarts`, and a
 * table that draws only some of its rows says by `aria-rowcount` how many it holds. Waits until it holds `awaited` pods.
 */
export async function openPodsPage(
  browser: Browser,
  url: string,
  signIn: (context: BrowserContext) => Promise<void>,
  awaited: number,
): Promise<PodsPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await signIn(context);
  const page = await context.newPage();
  await page.addInitScript(watchRestarts, awaited);
  const askedAt = Date.now();
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(() => Reflect.get(window, "heldAt") !== undefined);
  const { firstRowsAt, heldAt, held } = Opened.parse(await page.evaluate(openedAs));
  const shown = await page.locator("tr[data-pod]").evaluateAll((rows) =>
    rows.flatMap((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top >= 0 && bottom <= window.innerHeight ? [row.getAttribute("data-pod") ?? ""] : [];
    }),
  );
  return {
    page,
    shown,
    firstMs: firstRowsAt - askedAt,
    held,
    heldMs: heldAt - askedAt,
    async painted() {
      const painted = Painted.parse(await page.evaluate(() => Reflect.get(window, "paintedAt")));
      return new Map(Object.entries(painted).map(([restarts, at]) => [Number(restarts), at]));
    },
    close: () => context.close(),
  };
}

/** Runs in the page. */
function openedAs(): unknown {
  return {
    firstRowsAt: Reflect.get(window, "firstRowsAt"),
    heldAt: Reflect.get(window, "heldAt"),
    held: Reflect.get(window, "held"),
  };
}

/** Runs in the page: notes when the first rows, all awaited ones, and then each restart count have been painted. */
function watchRestarts(awaited: number): void {
  const paintedAt: Record<string, number> = {};
  Reflect.set(window, "paintedAt", paintedAt);
  const afterPaint = (work: () => void) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = work;
      channel.port2.postMessage(undefined);
    });
  };
  const now = () => performance.timeOrigin + performance.now();
  let hasRows = false;
  let holdsAll = false;
  const countRows = (): number => {
    const said = document.querySelector("table[aria-rowcount]")?.getAttribute("aria-rowcount");
    return said === undefined || said === null ? document.querySelectorAll("tr[data-pod]").length : Number(said) - 1;
  };
  new MutationObserver((mutations) => {
    if (!hasRows && document.querySelector("tr[data-pod] [data-restarts]") !== null) {
      hasRows = true;
      afterPaint(() => Reflect.set(window, "firstRowsAt", now()));
    }
    const held = holdsAll ? 0 : countRows();
    if (held >= awaited && hasRows && !holdsAll) {
      holdsAll = true;
      Reflect.set(window, "held", held);
      afterPaint(() => Reflect.set(window, "heldAt", now()));
    }
    const cells = mutations.flatMap(({ target }) => {
      const element = target instanceof Element ? target : target.parentElement;
      return element?.closest("[data-restarts]") ?? [];
    });
    const counts = cells.map((cell) => (cell.textContent ?? "").replace(/\D/g, ""));
    if (counts.length > 0) {
      afterPaint(() => {
        for (const count of counts) {
          paintedAt[count] ??= now();
        }
      });
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-rowcount"] });
}
