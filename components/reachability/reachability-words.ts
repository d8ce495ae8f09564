import { countWords } from "#components/requests/request-words.ts";
import type { Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import type { Path } from "#lib/reachability/model.ts";
import type { TopologyItem } from "#lib/topology/queries.ts";

/** Everything between two ends, over all ports. */
export type MatrixCell = Readonly<{
  from: string;
  to: string;
  paths: readonly Path[];
  /** `closed` is how it should be or nobody minds; `none` is nothing to look at; `unknown` where of one port nobody can say. */
  tone: Tone | "closed" | "none";
  /** What a screen reader says, and the pointer. */
  words: string;
}>;

export type Matrix = Readonly<{
  from: readonly string[];
  to: readonly string[];
  cell: (from: string, to: string) => MatrixCell;
}>;

/** Whether a path is otherwise than somebody has said it must be. */
export function isWrong({ open, mustBe }: Path): boolean {
  return (mustBe === "closed" && open === true) || (mustBe === "open" && open === false);
}

/** Who (down) may reach whom (across). What is wrong comes first both ways. */
export function matrixOf(paths: readonly Path[]): Matrix {
  const byEnds = Map.groupBy(paths, ({ from, to }) => `${from} ${to}`);
  const wrongAt = (end: (path: Path) => string) => Map.groupBy(paths.filter(isWrong), end);
  const order = (end: (path: Path) => string) => {
    const wrong = wrongAt(end);
    return [...new Set(paths.map(end))].sort(
      (a, b) => (wrong.get(b)?.length ?? 0) - (wrong.get(a)?.length ?? 0) || compareEnds(a, b),
    );
  };
  return {
    from: order(({ from }) => from),
    to: order(({ to }) => to),
    cell: (from, to) => cellOf(from, to, byEnds.get(`${from} ${to}`) ?? []),
  };
}

/** Outside comes last: it is no neighbour. */
function compareEnds(a: string, b: string): number {
  return Number(a === "outside") - Number(b === "outside") || (a < b ? -1 : 1);
}

function cellOf(from: string, to: string, paths: readonly Path[]): MatrixCell {
  const open = paths.filter((path) => path.open === true);
  const unknown = paths.filter((path) => path.open === null);
  const wrong = paths.filter(isWrong);
  const portsOf = (some: readonly Path[]) => some.map(({ port }) => port).join(", ");
  if (paths.length === 0) {
    return { from, to, paths, tone: "none", words: `${from} to ${to}: nothing to look at` };
  }
  if (wrong.length > 0) {
    return { from, to, paths, tone: "broken", words: wrong.map(sayWrong).join("; ") };
  }
  if (unknown.length > 0) {
    const words = `whether ${from} can reach ${to} on ${portsOf(unknown)} is not known`;
    return { from, to, paths, tone: "unknown", words };
  }
  return open.length === 0
    ? { from, to, paths, tone: "closed", words: `${from} cannot reach ${to}` }
    : { from, to, paths, tone: "fine", words: `${from} can reach ${to} on ${portsOf(open)}` };
}

function sayWrong({ from, to, port, open }: Path): string {
  return open
    ? `${from} can reach ${to} on ${port} and must not`
    : `${from} cannot reach ${to} on ${port} and needs it`;
}

/** What is read of who may reach whom in an environment. */
export type SeenPaths = Pick<TopologyItem, "environment" | "reachability" | "findings" | "unknown">;

/** What gatehouse.yaml forbids and nobody has looked at, so that it is not known to be closed. */
export function uncheckedOf(findings: SeenPaths["findings"]): SeenPaths["findings"] {
  return findings.filter(({ code }) => code === "forbidden_path_not_checked");
}

/** What a tired operator needs to know of who may reach whom. That all is as it must be is said only where all is known. */
export function reachabilityWords(seen: SeenPaths): { title: string; lead: Phrase[] } {
  const { environment, reachability: paths } = seen;
  const open = paths.filter((path) => isWrong(path) && path.open === true);
  const closed = paths.filter((path) => isWrong(path) && path.open === false);
  const undecided = paths.filter((path) => path.mustBe === "open" && path.open === null);
  const unchecked = uncheckedOf(seen.findings);
  const [first] = [...open, ...closed];
  const clauses = [
    ...(open.length === 0 ? [] : [`${countWords(open.length, "path")} open that must be closed`]),
    ...(closed.length === 0 ? [] : [`${countWords(closed.length, "path")} closed that must be open`]),
    ...(unchecked.length === 0 ? [] : [`${countWords(unchecked.length, "forbidden path")} not checked`]),
    ...(undecided.length === 0 ? [] : [`${countWords(undecided.length, "needed path")} not known to be open`]),
  ];
  return clauses.length === 0
    ? nothingWrong(seen)
    : {
        title: `${environment}: ${clauses.join(", ")}`,
        lead:
          first === undefined
            ? unchecked.slice(0, 1).flatMap(({ message }): Phrase[] => [{ em: message }, "."])
            : [{ em: sayWrong(first) }, `: ${first.why ?? "somebody says so"}.`],
      };
}

function nothingWrong({ environment, reachability: paths, unknown }: SeenPaths): { title: string; lead: Phrase[] } {
  const forbidden = paths.filter(({ mustBe }) => mustBe === "closed").length;
  if (paths.length === 0) {
    return unknown.length === 0
      ? { title: `Nothing to reach in ${environment}`, lead: ["No workload of it has a port."] }
      : { title: `Who may reach whom in ${environment} is not known`, lead: [] };
  }
  const stated = forbidden === 0 ? "gatehouse.yaml forbids none" : `all ${forbidden} forbidden ones are closed`;
  const lead = [`${countWords(paths.length, "path")} looked at by the NetworkPolicies of its cluster: ${stated}.`];
  return unknown.length === 0
    ? { title: `Every path of ${environment} is as it must be`, lead }
    : { title: `What is known of the paths of ${environment} is as it must be`, lead };
}
