import { countWords, listWords } from "#components/requests/request-words.ts";
import { shortReason, stuckWords } from "#components/services/rollout-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Person } from "#lib/access/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import { isStartedByHand, type RequestRow } from "#lib/requests/model.ts";
import { mayApprove, needsPerson } from "#lib/requests/policy.ts";
import type { SeenService, WorryingJob } from "#lib/services/model.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";

/** An environment with what is seen of it, what of its scheduled work asks for a person, and the two sources it is seen through. */
export type EnvironmentFacts = Readonly<{
  environment: EnvironmentRow;
  seen: readonly SeenService[];
  jobs: readonly WorryingJob[];
  cluster: SourceRow | undefined;
  git: SourceRow | undefined;
}>;

export type OverviewFacts = Readonly<{
  environments: readonly EnvironmentFacts[];
  requests: readonly RequestRow[];
  person: Person;
  /** Nothing is heard from the console itself, so that nothing is known of its sources. */
  isLineDown: boolean;
}>;

const LINE_DOWN: Phrase[][] = [
  [{ em: "This page has lost its line to the console" }, ": what it shows is the last that was seen."],
];

/** More than these are counted, not named: the table names them all. */
const NAMED = 3;

/** What a tired operator needs to know first, in sentences: what is wrong in live, what waits, what is not known. */
export function overviewWords({ environments, requests, person, isLineDown }: OverviewFacts): {
  title: string;
  lead: Phrase[];
} {
  const live = environments.filter(({ environment }) => environment.tier === "live");
  const other = environments.filter(({ environment }) => environment.tier !== "live");
  const waiting = requests.filter((request) => request.state === "waiting");
  const needing = requests.filter((request) => request.state === "waiting" || isStartedByHand(request));
  const lead = joinSentences([
    ...live.flatMap(brokenWords),
    ...live.flatMap((one) => jobWords(one, "crit")),
    ...waitingWords(waiting, person),
    ...live.flatMap(movingWords),
    ...live.flatMap((one) => jobWords(one, "warn")),
    ...(isLineDown ? LINE_DOWN : unseenWords(environments)),
    ...(isLineDown ? [] : live.flatMap(uncheckedWords)),
    ...healthyWords(live),
    ...other.flatMap(brokenWords),
    ...other.flatMap((one) => [...jobWords(one, "crit"), ...jobWords(one, "warn")]),
    ...(isLineDown ? [] : environments.flatMap(behindWords)),
  ]);
  return { title: titleOf(environments, live, needing, person), lead };
}

function titleOf(
  environments: readonly EnvironmentFacts[],
  live: readonly EnvironmentFacts[],
  needing: readonly RequestRow[],
  person: Person,
): string {
  const broken = sum(live, countBroken);
  const decidable = needing.filter((request) => needsPerson(person, request)).length;
  const mine =
    decidable +
    sum(
      live.filter((one) => mayRollBack(person, one)),
      countBroken,
    );
  if (mine > 0) {
    const where = decidable === 0 || live.length === environments.length ? " in live" : "";
    return mine === 1 ? `One thing needs you${where}.` : `${mine} things need you${where}.`;
  }
  const others = broken + needing.length;
  if (others > 0) {
    return others === 1 ? "One thing waits for somebody else." : `${others} things wait for somebody else.`;
  }
  if (environments.some((one) => isUnseen(one))) {
    return "Not everything can be seen.";
  }
  if (live.some((one) => inState(one, "warn").length > 0)) {
    return "Live is changing.";
  }
  if (live.some((one) => jobsIn(one, "warn").length > 0)) {
    return "Something in live is worth a look.";
  }
  const isAllWell = live.length === 0 || environments.every((one) => countBroken(one) === 0);
  return isAllWell ? "Nothing needs you now." : "Nothing in live needs you now.";
}

function mayRollBack(person: Person, { environment }: EnvironmentFacts): boolean {
  return mayAsk(person, "rollback", environment.id, environment.policies.rollback).allowed;
}

function inState({ seen }: EnvironmentFacts, state: "crit" | "warn" | "unknown"): readonly SeenService[] {
  return seen.filter(({ health }) => health.state === state);
}

function jobsIn({ jobs }: EnvironmentFacts, state: "crit" | "warn" | "unknown"): readonly WorryingJob[] {
  return jobs.filter(({ health }) => health.state === state);
}

function countBroken(one: EnvironmentFacts): number {
  return inState(one, "crit").length + jobsIn(one, "crit").length;
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

function isUnseen({ environment, seen, cluster }: EnvironmentFacts): boolean {
  return (seen.length === 0 && !environment.isPlanned) || cluster === undefined || !isFresh(cluster);
}

/** One sentence for each broken service: what, how, and the reason with its numbers. */
function brokenWords(facts: EnvironmentFacts): Phrase[][] {
  const broken = inState(facts, "crit");
  const sentences = broken.slice(0, NAMED).map(({ service, health }): Phrase[] => {
    const { rollout } = service;
    const isStuck = rollout.state === "stuck";
    const reason = isStuck && facts.environment.tier === "live" ? shortReason(rollout) : undefined;
    return [
      { strong: `${service.environment} ${service.name}` },
      " – ",
      { em: isStuck ? stuckWords(rollout) : health.reasons.join("; ") },
      reason === undefined ? "." : `: ${reason}.`,
    ];
  });
  const more = broken.length - sentences.length;
  return more > 0 ? [...sentences, [{ strong: countWords(more, "more service") }, " broken there."]] : sentences;
}

/** One sentence for each job that does not do what its schedule says: which, and why. */
function jobWords(facts: EnvironmentFacts, state: "crit" | "warn"): Phrase[][] {
  const jobs = jobsIn(facts, state);
  const { id } = facts.environment;
  const more = jobs.length - NAMED;
  return [
    ...jobs
      .slice(0, NAMED)
      .map(({ name, health }): Phrase[] => [
        { strong: `${id} ${name}` },
        " – ",
        { em: health.reasons.join("; ") },
        ".",
      ]),
    ...(more > 0 ? [[{ strong: countWords(more, "more job") }, ` amiss in ${id}.`]] : []),
  ];
}

function waitingWords(waiting: readonly RequestRow[], person: Person): Phrase[][] {
  if (waiting.length === 0) {
    return [];
  }
  const askers = [...new Set(waiting.map((request) => request.requestedBy))];
  const people = listWords(askers.map((account) => (account === person.account ? "you" : account)));
  const decidable = waiting.filter((request) => mayApprove(person, request).allowed).length;
  const whose =
    decidable === 0
      ? "the approval of an operator who neither asked nor wrote it"
      : decidable === waiting.length
        ? "your approval"
        : `approval, ${decidable} of them for yours`;
  return [
    [
      { strong: countWords(waiting.length, "request") },
      ` by ${people} ${waiting.length === 1 ? "waits" : "wait"} for ${whose}.`,
    ],
  ];
}

function movingWords(facts: EnvironmentFacts): Phrase[][] {
  const rolling = inState(facts, "warn").filter(({ service }) => service.rollout.state === "progressing");
  const updated = sum(rolling, ({ service }) => Math.min(service.rollout.updated, service.rollout.desired));
  const desired = sum(rolling, ({ service }) => service.rollout.desired);
  const paused = inState(facts, "warn").filter(({ service }) => service.rollout.state === "paused");
  const { id } = facts.environment;
  return [
    ...(rolling.length === 0
      ? []
      : [
          [
            { strong: id },
            " is rolling out ",
            { strong: listWords(rolling.map(({ service }) => service.name)) },
            `: ${updated} of ${countWords(desired, "pod")} new.`,
          ],
        ]),
    ...paused.map(({ service }): Phrase[] => [{ strong: `${id} ${service.name}` }, " – ", { em: "paused" }, "."]),
  ];
}

/** What of an environment is seen and yet not known to work, such as a container without a health check. */
function uncheckedWords(facts: EnvironmentFacts): Phrase[][] {
  const unchecked = isUnseen(facts)
    ? []
    : [
        ...inState(facts, "unknown").map(({ service }) => service.name),
        ...jobsIn(facts, "unknown").map(({ name }) => name),
      ];
  return unchecked.length === 0
    ? []
    : [
        [
          { strong: facts.environment.id },
          ": whether ",
          { em: listWords(unchecked.slice(0, NAMED_UNCHECKED)) },
          unchecked.length > NAMED_UNCHECKED ? ` and ${unchecked.length - NAMED_UNCHECKED} more` : "",
          unchecked.length === 1 ? " works is not known." : " work is not known.",
        ],
      ];
}

const NAMED_UNCHECKED = 3;

/** What does not answer, and what is therefore only the last that was seen. */
function unseenWords(environments: readonly EnvironmentFacts[]): Phrase[][] {
  const silent = environments.filter(({ cluster }) => cluster === undefined || !isFresh(cluster));
  const bySource = Map.groupBy(silent, ({ environment }) => environment.cluster);
  const empty = environments.filter(
    (one) => one.seen.length === 0 && !one.environment.isPlanned && !silent.includes(one),
  );
  return [
    ...[...bySource].map(([cluster, members]): Phrase[] => [
      { em: saySource(members[0]?.cluster, sourceName(clusterSourceId(cluster))) },
      ": what is shown of ",
      { strong: listWords(members.map(({ environment }) => environment.id)) },
      " is the last that was seen.",
    ]),
    ...empty.map(({ environment }): Phrase[] => [
      { em: "Nothing has been seen" },
      ` in ${environment.id} yet; what runs there is not known.`,
    ]),
  ];
}

function healthyWords(live: readonly EnvironmentFacts[]): Phrase[][] {
  const healthy = live
    .filter(
      (one) =>
        !isUnseen(one) &&
        one.seen.length > 0 &&
        one.jobs.length === 0 &&
        one.seen.every(({ health }) => health.state === "ok"),
    )
    .map(({ environment }) => environment.id);
  return healthy.length === 0 ? [] : [[`${listWords(healthy)} ${healthy.length === 1 ? "is" : "are"} healthy.`]];
}

function behindWords({ environment, git }: EnvironmentFacts): Phrase[][] {
  if (environment.after === null || environment.branch === null) {
    return [];
  }
  if (git === undefined || !isFresh(git)) {
    const because = saySource(git, sourceName(gitSourceId(environment.platform)));
    return [[{ em: because }, ": how far ", { strong: environment.id }, " is behind is not known."]];
  }
  if (environment.behind === null || environment.behind === 0) {
    return [];
  }
  return [
    [
      { strong: environment.id },
      " is ",
      { strong: countWords(environment.behind, "commit") },
      ` behind ${environment.after}.`,
    ],
  ];
}
