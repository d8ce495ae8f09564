import { countWords, listWords } from "#components/requests/request-words.ts";
import type { Drift, DriftAspect } from "#lib/drift/model.ts";
import type { DriftItem } from "#lib/drift/queries.ts";

const ASPECT_NOUN: Readonly<Record<DriftAspect, string>> = {
  presence: "thing that only one has",
  image: "image",
  replicas: "number of replicas",
  resources: "request or limit",
  probes: "probe",
  setting: "setting",
  policy: "policy",
};

const PLURAL: Readonly<Partial<Record<DriftAspect, string>>> = {
  presence: "things that only one has",
  replicas: "numbers of replicas",
  resources: "requests or limits",
  policy: "policies",
};

/**
 * In what two environments differ, in a sentence: "gravv/live differs from gravv/sandbox in 2 images and 1 setting". That they are
 * alike is said only where everything that is compared is known.
 */
export function driftWords({ environment, against, drift, unknown }: DriftRead): string {
  if (against === null) {
    return `${environment} stands alone`;
  }
  if (drift.length === 0) {
    return unknown.length === 0
      ? `${environment} and ${against} are alike in everything that is compared`
      : `Whether ${environment} and ${against} are alike is not wholly known`;
  }
  const counts = [...Map.groupBy(drift, ({ aspect }) => aspect)].map(([aspect, { length }]) =>
    sayCount(aspect, length),
  );
  const asFarAsKnown = unknown.length === 0 ? "" : ", as far as is known";
  return `${environment} differs from ${against} in ${listWords(counts)}${asFarAsKnown}`;
}

/** What is read of how two environments differ. */
export type DriftRead = Pick<DriftItem, "environment" | "against" | "drift" | "unknown">;

function sayCount(aspect: DriftAspect, count: number): string {
  const plural = PLURAL[aspect];
  return count > 1 && plural !== undefined ? `${count} ${plural}` : countWords(count, ASPECT_NOUN[aspect]);
}

/** What differs of a subject, in a word or two: "image of main", "LOG_LEVEL". */
export function aspectWords({ aspect, name }: Drift): string {
  switch (aspect) {
    case "image":
      return `image of ${name}`;
    case "replicas":
      return "replicas";
    case "probes":
      return `probes of ${name}`;
    case "presence":
      return name === "" ? "whether it is there" : name;
    case "policy":
      return "rules";
    default:
      return name;
  }
}

/** The differences of each subject together, those with most of them first. */
export function bySubject(drift: readonly Drift[]): readonly Readonly<{ subject: string; drift: readonly Drift[] }>[] {
  return [...Map.groupBy(drift, ({ subject }) => subject)]
    .map(([subject, of]) => ({ subject, drift: of }))
    .sort((a, b) => b.drift.length - a.drift.length || (a.subject < b.subject ? -1 : 1));
}
