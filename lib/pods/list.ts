import { type PodRow, type PodStanding, standingOf } from "./model.ts";

export type PodCounts = Readonly<Record<PodStanding, number>>;

/** Which pods a page shows: those that fit, worst first. A change of one costs no more than finding its place. */
export type PodList = Readonly<{
  /** The ids of those that fit, in order; the same list until one comes, goes or moves. */
  ids(): readonly string[];
  /** Of all, whether they fit or not. */
  counts(): PodCounts;
  /** The pod as it is now; undefined for one that is gone. */
  update(id: string, row: PodRow | undefined): void;
}>;

export type PodEntries = Iterable<readonly [id: string, row: PodRow]>;

/** `fitting`: how many fit; `counts`: of all, whether they fit or not. */
export type WorstPods = Readonly<{
  rows: readonly (readonly [id: string, row: PodRow])[];
  fitting: number;
  counts: PodCounts;
}>;

/** A pod's place in the order; undefined where it is not shown. */
type Known = Readonly<{ key: string | undefined; standing: PodStanding }>;
type Entry = Readonly<{ key: string; id: string }>;

const RANK: Readonly<Record<PodStanding, number>> = { broken: 0, look: 1, fine: 2 };

export function listPods(rows: PodEntries, fits: (row: PodRow) => boolean): PodList {
  const known = new Map<string, Known>();
  const counts: Record<PodStanding, number> = { broken: 0, look: 0, fine: 0 };
  const entries: Entry[] = [];
  let ids: readonly string[] | undefined;

  function placeOf(id: string, row: PodRow): Known {
    const standing = standingOf(row);
    const key = `${RANK[standing]} ${row.environment} ${row.namespace} ${row.name} ${id}`;
    return { standing, key: fits(row) ? key : undefined };
  }

  function remember(id: string, row: PodRow): Known {
    const place = placeOf(id, row);
    known.set(id, place);
    counts[place.standing] += 1;
    return place;
  }

  /** Where the key stands, or would stand. */
  function find(key: string): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.key ?? "") < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  for (const [id, row] of rows) {
    const { key } = remember(id, row);
    if (key !== undefined) {
      entries.push({ key, id });
    }
  }
  entries.sort((a, b) => compare(a.key, b.key));

  return {
    ids() {
      ids ??= entries.map(({ id }) => id);
      return ids;
    },
    counts: () => counts,
    update(id, row) {
      const before = known.get(id);
      if (before !== undefined) {
        known.delete(id);
        counts[before.standing] -= 1;
      }
      const key = row && remember(id, row).key;
      if (key === before?.key) {
        return;
      }
      ids = undefined;
      if (before?.key !== undefined) {
        entries.splice(find(before.key), 1);
      }
      if (key !== undefined) {
        entries.splice(find(key), 0, { key, id });
      }
    },
  };
}

/** What listPods begins with: the `most` worst of those that fit, without a key for each and without sorting all. */
export function worstPods(rows: PodEntries, fits: (row: PodRow) => boolean, most: number): WorstPods {
  const counts: Record<PodStanding, number> = { broken: 0, look: 0, fine: 0 };
  const worst: Ranked[] = [];
  let fitting = 0;
  for (const [id, row] of rows) {
    const standing = standingOf(row);
    counts[standing] += 1;
    if (!fits(row)) {
      continue;
    }
    fitting += 1;
    const one = { rank: RANK[standing], id, row };
    const last = worst[most - 1];
    if (last === undefined || compareRanked(one, last) < 0) {
      const at = worst.findIndex((other) => compareRanked(one, other) < 0);
      worst.splice(at === -1 ? worst.length : at, 0, one);
      worst.splice(most);
    }
  }
  return { rows: worst.map(({ id, row }) => [id, row]), fitting, counts };
}

type Ranked = Readonly<{ rank: number; id: string; row: PodRow }>;

function compareRanked(one: Ranked, other: Ranked): number {
  return (
    one.rank - other.rank ||
    compare(one.row.environment, other.row.environment) ||
    compare(one.row.namespace, other.row.namespace) ||
    compare(one.row.name, other.row.name) ||
    compare(one.id, other.id)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

export const POD_STANDINGS: readonly PodStanding[] = ["broken", "look", "fine"];

export type PodFilter = Readonly<{
  environment?: string | undefined;
  state?: string | undefined;
  text?: string | undefined;
}>;

/** Whether a pod fits everything that is asked for; the words are looked for in its names, its node and what holds it. */
export function podFits({ environment, state, text = "" }: PodFilter): (row: PodRow) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    const isOfPlace = environment === undefined || row.environment === environment;
    if (!isOfPlace || (state !== undefined && standingOf(row) !== state)) {
      return false;
    }
    if (words.length === 0) {
      return true;
    }
    const said = `${row.name} ${row.namespace} ${row.service ?? ""} ${row.node ?? ""} ${row.state}`.toLowerCase();
    return words.every((word) => said.includes(word));
  };
}
