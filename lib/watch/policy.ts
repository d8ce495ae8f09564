import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { Change } from "./model.ts";

/** The environment that a change is about, where its row is there; undefined for what belongs to none, such as a source. */
export function environmentOf({ kind, row }: Change): string | undefined {
  if (row === null || kind === "source") {
    return undefined;
  }
  return kind === "environment" ? row.id : row.environment;
}

/** Whether the person may see a row: those of environments in which they hold a role, and what belongs to none. */
export function maySee(person: Person, environment: string | undefined): boolean {
  return environment === undefined || may(person, "estate.read", environment).allowed;
}
