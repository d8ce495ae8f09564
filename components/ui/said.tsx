import { createElement, Fragment, type ReactNode } from "react";
import { Lead } from "./lead.tsx";
import { type Phrase, wordsOf } from "./phrases.ts";

/** A sentence with its subject strong and its worry marked. */
export function Said({ phrases }: Readonly<{ phrases: readonly Phrase[] }>): ReactNode {
  return createElement(Fragment, null, ...phrases.map(toElement));
}

/** A page's first words, with what is strong and what is a worry in them. */
export function SaidLead({
  words: { title, lead },
}: Readonly<{ words: Readonly<{ title: string; lead: readonly Phrase[] }> }>): ReactNode {
  return (
    <Lead title={title}>
      <Said phrases={lead} />
    </Lead>
  );
}

function toElement(phrase: Phrase): ReactNode {
  if (typeof phrase === "string") {
    return phrase;
  }
  const words = wordsOf(phrase);
  return "strong" in phrase ? <strong>{words}</strong> : <em>{words}</em>;
}
