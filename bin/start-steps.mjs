// Plain JavaScript, because the first step is the installation of the packages, on any Node that npm runs on.
import { secondsInWords } from "./start-page.mjs";

/** @typedef {import("./start-page.mjs").StartState} StartState */

/**
 * A step before it is taken. `usualSeconds` is what it takes on two cores when it has all its work to do; without it, nothing
 * tells beforehand. Where a step writes to the terminal itself, nothing is said over it.
 * @typedef {Readonly<{
 *   id: string,
 *   name: string,
 *   detail: string,
 *   usualSeconds?: number,
 *   writesItself?: boolean,
 * }>} PlannedStep
 */

/**
 * What a step tells while it is under way; what is left out stays as it was. `progress` is from 0 to 1.
 * @typedef {Readonly<{ detail?: string | undefined, progress?: number | undefined, usualSeconds?: number | undefined }>} StepReport
 */

/**
 * One step as it is passed from the process that began to the one that goes on. Times are milliseconds since the epoch.
 * @typedef {{
 *   id: string,
 *   state: "waiting" | "running" | "done" | "failed",
 *   detail: string,
 *   beganAt: number,
 *   endedAt: number,
 *   progress?: number | undefined,
 *   usualSeconds?: number | undefined,
 * }} StepRecord
 */

/** @typedef {Readonly<{ beganAt: number, records: readonly StepRecord[] }>} StepsSoFar */

/**
 * Runs one step: `work` may report how far it is. Its failure is the step's, and is thrown on.
 * @typedef {<Result>(id: string, work: (report: (progress: StepReport) => void) => Promise<Result>) => Promise<Result>} RunStep
 */

/** @typedef {{ run: RunStep, state(): StartState, soFar(): StepsSoFar }} Steps */

/** What `npm run demo` does, in the order in which it is shown. */
export const demoPlan = /** @type {const} */ ([
  { id: "packages", name: "Packages", detail: "npm ci", usualSeconds: 35 },
  { id: "programs", name: "Cluster programs", detail: "etcd, Kubernetes and kwok, built once and kept" },
  { id: "build", name: "Console build", detail: "next build", usualSeconds: 25 },
  { id: "database", name: "PostgreSQL", detail: "a server of its own on loopback", usualSeconds: 2 },
  { id: "migrations", name: "Migrations", detail: "the tables of the record", usualSeconds: 1 },
  { id: "repository", name: "Git repository of gravv", detail: "branches dev and main", usualSeconds: 1 },
  {
    id: "cluster",
    name: "Control plane of gravv",
    detail: "etcd, API server, controllers, scheduler",
    usualSeconds: 8,
  },
  { id: "nodes", name: "Nodes and namespaces", detail: "five nodes in two zones", usualSeconds: 3 },
  { id: "workflow", name: "Deployment workflow of gravv", detail: "applies what is pushed", usualSeconds: 1 },
  { id: "deployment", name: "First deployment", detail: "both environments", usualSeconds: 25 },
  {
    id: "watched",
    name: "Control planes of gx-protocol and airpay",
    detail: "one each",
    usualSeconds: 6,
  },
  { id: "platforms", name: "gx-protocol and airpay", detail: "all that runs there", usualSeconds: 8 },
  { id: "console", name: "Console", detail: "next start", usualSeconds: 2 },
  {
    id: "sources",
    name: "First look",
    detail: "the console reads the database, the clusters and Git",
    usualSeconds: 2,
  },
]);

/** A step that takes longer than this is announced, not only reported when it is done. */
const announceAfterMs = 1_000;
/** How often a long step says where it is. */
const sayAgainAfterMs = 15_000;

/**
 * Keeps count of the steps of a plan. `say` gets a plain line for the terminal whenever there is something to tell; `soFar` is
 * what an earlier process had done of the same plan.
 * @param {readonly PlannedStep[]} plan
 * @param {{ now: () => number, say: (line: string) => void, soFar?: StepsSoFar | undefined }} options
 * @returns {Steps}
 */
export function createSteps(plan, { now, say, soFar }) {
  const beganAt = soFar?.beganAt ?? now();
  /** @type {StepRecord[]} */
  const records = plan.map(({ id, detail, usualSeconds }) => {
    const known = soFar?.records.find((record) => record.id === id);
    return known ?? { id, state: "waiting", detail, beganAt: 0, endedAt: 0, usualSeconds };
  });
  const planOf = (/** @type {string} */ id) => plan.find((step) => step.id === id);
  const nameOf = (/** @type {string} */ id) => planOf(id)?.name ?? id;
  const tell = (/** @type {StepRecord} */ record, /** @type {string} */ what) => {
    if (!planOf(record.id)?.writesItself) {
      say(`${clock(now() - beganAt)}  ${nameOf(record.id)}: ${what}`);
    }
  };

  /** @type {RunStep} */
  async function run(id, work) {
    const record = records.find((each) => each.id === id);
    if (record === undefined) {
      throw new Error(`The plan has no step ${id}. This is a fault in Gatehouse.`);
    }
    Object.assign(record, { state: "running", beganAt: now() });
    const announce = () => {
      tell(record, `${record.detail} (${howLong(record, now())})`);
      timer = setTimeout(announce, sayAgainAfterMs);
    };
    let timer = setTimeout(announce, announceAfterMs);
    try {
      const result = await work((report) => Object.assign(record, report));
      Object.assign(record, { state: "done", endedAt: now() });
      tell(record, `done in ${secondsInWords((record.endedAt - record.beganAt) / 1_000)}`);
      return result;
    } catch (error) {
      // What was called off because something else failed has not failed itself.
      const isCalledOff = error instanceof Error && error.name === "AbortError";
      Object.assign(record, { state: isCalledOff ? "waiting" : "failed", endedAt: now() });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    run,
    state: () => ({
      startedAt: new Date(beganAt).toISOString(),
      steps: records.map((record) => ({
        name: nameOf(record.id),
        detail: record.detail,
        state: record.state,
        elapsedSeconds: elapsedMs(record, now()) / 1_000,
        usualSeconds: record.usualSeconds,
        progress: record.progress,
      })),
    }),
    soFar: () => ({ beganAt, records }),
  };
}

/**
 * @param {StepRecord} record
 * @param {number} now
 */
function elapsedMs({ state, beganAt, endedAt }, now) {
  if (state === "waiting") {
    return 0;
  }
  return (state === "running" ? now : endedAt) - beganAt;
}

/**
 * @param {StepRecord} record
 * @param {number} now
 */
function howLong(record, now) {
  const elapsed = secondsInWords(elapsedMs(record, now) / 1_000);
  return record.usualSeconds === undefined ? elapsed : `${elapsed} of about ${secondsInWords(record.usualSeconds)}`;
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
}
