import { createElement, Fragment, type ReactNode } from "react";
import { type Phrase, wordsOf } from "./phrases.ts";

/** A sentence with its subject strong and its worry marked. */
export function Said({ phrases }: Readonly<{ phrases: readonly Phrase[] }>): ReactNode {
  return createElement(Fragment, null, ...phrases.map(toElement));
}

function toElement(phrase: Phrase): ReactNode {
  if (typeof phrase === "string") {
    return phrase;
  }
  const words = wordsOf(phrase);
  return "strong" in phrase ? <strong>{words}</strong> : <em>{words}</em>;
}
