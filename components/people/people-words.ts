import type { Grant } from "#lib/access/model.ts";

/** A role and where it is held, one line each. */
export function roleWords(grants: readonly Grant[] | undefined): string[] {
  if (grants === undefined) {
    return ["cannot sign in any more"];
  }
  if (grants.length === 0) {
    return ["no role"];
  }
  return [
    ...new Set(
      grants.map(({ role, environments }) =>
        environments.includes("*") ? `${role} everywhere` : `${role} in ${environments.join(", ")}`,
      ),
    ),
  ];
}

/** What the page says first. */
export function standingWords(people: readonly Readonly<{ grants: readonly Grant[] | undefined }>[]): string {
  const without = people.filter(({ grants }) => grants === undefined || grants.length === 0).length;
  const all = `${people.length} ${people.length === 1 ? "person has" : "people have"} signed in so far.`;
  const idle = `${without} of them ${without === 1 ? "holds" : "hold"} no role any more.`;
  return without === 0 ? all : `${all} ${idle}`;
}
