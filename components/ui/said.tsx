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
  // Any part may hold a name or a message, which must not turn the parts around it.
  if (typeof phrase === "string") {
    return <span className="outside">{phrase}</span>;
  }
  const words = wordsOf(phrase);
  return "strong" in phrase ? <strong className="outside">{words}</strong> : <em className="outside">{words}</em>;
}
