import type { Workload } from "#lib/clusters/model.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import type { ServiceChange } from "./model.ts";

export const EVIDENCE_STATES = ["passed", "failed", "unknown"] as const;
export type EvidenceState = (typeof EVIDENCE_STATES)[number];

/**
 * One thing that speaks for a change, as it was found when the change was planned. It is part of what people agree to, so
 * that nothing volatile stands in it. What a delivery finds before it begins gets items of its own.
 */
export type Evidence = Readonly<{
  item: string;
  state: EvidenceState;
  /** Where it was looked up: an environment, or the request that brought it there. */
  source: string;
  /** Of what it speaks: a service, or a revision. */
  subject: string;
}>;

/** Of one service where a release comes from: whether it runs the promoted images and revision, and has rolled them out. */
const RELEASE_ITEMS = ["image", "revision", "rollout"] as const;
/** Of the release that a rollback brings back. */
export const RAN_BEFORE = "ran-before";

type ReleaseItem = (typeof RELEASE_ITEMS)[number];
type Seen = Readonly<{ workload: Pick<Workload, "service" | "revision" | "images">; rollout: Pick<Rollout, "state"> }>;

/** What is promoted, and where it comes from. */
export type Promoted = Readonly<{
  services: readonly Pick<ServiceChange, "service" | "images">[];
  from: Readonly<{ environment: string; revision: string }>;
}>;

/** What speaks for a promotion where it comes from; `seen` is undefined where that is not seen fresh, so that nothing is known. */
export function evidenceOf({ services, from }: Promoted, seen: readonly Seen[] | undefined): Evidence[] {
  return services.filter(isThere).flatMap((change) => {
    const running = (seen ?? []).filter(({ workload }) => workload.service === change.service);
    return RELEASE_ITEMS.filter((item) => item !== "image" || change.images.length > 0).map((item) => ({
      item,
      state: running.length === 0 ? "unknown" : FOUND[item](running, change, from.revision),
      source: from.environment,
      subject: change.service,
    }));
  });
}

/** A service that goes has nothing to show. */
function isThere({ images }: Pick<ServiceChange, "images">): boolean {
  return images.length === 0 || images.some(({ to }) => to !== undefined);
}

type Find = (running: readonly Seen[], change: Pick<ServiceChange, "images">, revision: string) => EvidenceState;

const FOUND: Readonly<Record<ReleaseItem, Find>> = {
  image: (running, { images }) => {
    const runs = running.flatMap(({ workload }) => workload.images);
    const promoted = images.filter(({ to }) => to !== undefined);
    return promoted.every(({ container, to }) => runs.some((one) => one.container === container && one.image === to))
      ? "passed"
      : "failed";
  },
  revision: (running, _change, revision) => {
    const revisions = running.map(({ workload }) => workload.revision);
    if (revisions.includes(undefined)) {
      return "unknown";
    }
    return revisions.every((one) => one === revision) ? "passed" : "failed";
  },
  rollout: (running) => {
    const states = running.map(({ rollout }) => rollout.state);
    if (states.every((state) => state === "done")) {
      return "passed";
    }
    // Under way it is on its way to either, so that nothing is known of it yet.
    return states.some((state) => state === "stuck" || state === "paused") ? "failed" : "unknown";
  },
};

function sayEvidence({ subject, ...evidence }: Evidence): Readonly<{ yes: string; no: string }> {
  return sayFinding({ ...evidence, subjects: [subject] });
}

/** What had passed and does not any more, in a sentence; undefined where all that had passed still does. */
export function whyLost(before: readonly Evidence[], now: readonly Evidence[]): string | undefined {
  const lost = before.find((one) => one.state === "passed" && !holds(one, now) && !isUndecided(one, now));
  return lost === undefined ? undefined : `What spoke for this no longer holds: ${sayEvidence(lost).no}.`;
}

/** What had passed and is neither so nor lost for the moment, as the start of a sentence: whatever it is of rolls out just now. */
export function whyUndecided(before: readonly Evidence[], now: readonly Evidence[]): string | undefined {
  const undecided = before.find((one) => one.state === "passed" && isUndecided(one, now));
  return undecided && `It is not known at the moment whether ${sayEvidence(undecided).yes}`;
}

function holds(one: Evidence, now: readonly Evidence[]): boolean {
  return now.some((other) => isSame(one, other) && other.state === "passed");
}

/** The same image and commit may be rolled out anew; of a service that is gone or another the other items tell. */
function isUndecided(one: Evidence, now: readonly Evidence[]): boolean {
  return one.item === "rollout" && now.some((other) => isSame(one, other) && other.state === "unknown");
}

function isSame(one: Evidence, other: Evidence): boolean {
  return one.item === other.item && one.source === other.source && one.subject === other.subject;
}

/** The same finding of several services, or of one. */
export type Finding = Readonly<Omit<Evidence, "subject"> & { subjects: readonly string[] }>;

const WORST_FIRST: readonly EvidenceState[] = ["failed", "unknown", "passed"];

/** What was found alike of several services is said once; what did not pass stands first. */
export function findingsOf(evidence: readonly Evidence[]): Finding[] {
  const alike = Map.groupBy(evidence, ({ item, source, state }) => `${state} ${source} ${item}`);
  const findings = [...alike.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) {
      return [];
    }
    const { subject, ...finding } = first;
    return [{ ...finding, subjects: [subject, ...rest.map((one) => one.subject)] }];
  });
  return findings.sort((one, other) => WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state));
}

const together = new Intl.ListFormat("en-GB");

/** A finding as parts of a sentence: what it says where it passed, and where it did not. */
function sayFinding({ item, source, subjects }: Finding): Readonly<{ yes: string; no: string }> {
  const subject = together.format(subjects);
  const [are, run, doNot] = subjects.length > 1 ? ["are", "run", "do not"] : ["is", "runs", "does not"];
  switch (item) {
    case "image":
      return {
        yes: `${subject} ${run} the promoted image in ${source}`,
        no: `${subject} ${doNot} run the promoted image in ${source}`,
      };
    case "revision":
      return {
        yes: `${subject} ${are} at the promoted commit in ${source}`,
        no: `${subject} ${are} not at the promoted commit in ${source}`,
      };
    case "rollout":
      return { yes: `${subject} ${are} rolled out in ${source}`, no: `${subject} ${are} not rolled out in ${source}` };
    case RAN_BEFORE:
      return {
        yes: `${subject.slice(0, 8)} ran here before, as it comes back`,
        no: `${subject.slice(0, 8)} has not run here as it would come back`,
      };
    default:
      return {
        yes: `${item} of ${subject} passed, by ${source}`,
        no: `${item} of ${subject} did not pass, by ${source}`,
      };
  }
}

/** A finding as a sentence, which says of what is not known that it is not. */
export function findingSentence(finding: Finding): string {
  const { yes, no } = sayFinding(finding);
  switch (finding.state) {
    case "passed":
      return `${yes}.`;
    case "failed":
      return `${no}.`;
    case "unknown":
      return `Not known whether ${yes}.`;
  }
}
