import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { Change } from "./model.ts";

/** The environments that a row is about; undefined for what belongs to none, such as a source. */
export type Environments = readonly string[] | string | undefined;

/** The environments that a change is about, where its row is there. */
export function environmentsOf({ kind, row }: Change): Environments {
  if (row === null || kind === "source") {
    return undefined;
  }
  if (kind === "environment") {
    return row.id;
  }
  return kind === "node" ? row.environments : row.environment;
}

/** Whether the person may see a row: those of environments in which they hold a role, and what belongs to none. */
export function maySee(person: Person, environments: Environments): boolean {
  const all = typeof environments === "string" ? [environments] : environments;
  return all === undefined || all.some((id) => may(person, "estate.read", id).allowed);
}
