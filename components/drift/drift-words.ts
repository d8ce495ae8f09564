import { countWords, listWords } from "#components/requests/request-words.ts";
import type { Drift, DriftAspect, Since } from "#lib/drift/model.ts";
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

export type DriftSubject = Readonly<{ namespace: string; subject: string; drift: readonly Drift[] }>;

/** The differences of each subject together, those with most of them first. */
export function bySubject(drift: readonly Drift[]): readonly DriftSubject[] {
  return [...Map.groupBy(drift, ({ namespace, subject }) => `${namespace} ${subject}`)]
    .flatMap(([key, [first, ...rest]]) =>
      first === undefined ? [] : [{ key, namespace: first.namespace, subject: first.subject, drift: [first, ...rest] }],
    )
    .sort((a, b) => b.drift.length - a.drift.length || (a.key < b.key ? -1 : 1))
    .map(({ namespace, subject, drift: of }) => ({ namespace, subject, drift: of }));
}

/** By what it is known since when something is so. */
export const SINCE_WORDS: Readonly<Record<Since["by"], string>> = {
  rollout: "rolled out",
  write: "last written",
  creation: "made",
};
