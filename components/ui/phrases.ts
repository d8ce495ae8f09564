/** A piece of a sentence: as it is, or marked as its subject (`strong`) or as what worries (`em`). */
export type Phrase = string | Readonly<{ strong: string }> | Readonly<{ em: string }>;

/** The bare words of a phrase. */
export function wordsOf(phrase: Phrase): string {
  if (typeof phrase === "string") {
    return phrase;
  }
  return "strong" in phrase ? phrase.strong : phrase.em;
}

/** The bare words of a sentence. */
export function plainWords(phrases: readonly Phrase[]): string {
  return phrases.map(wordsOf).join("");
}

/** Sentences one after the other, with a space between them. */
export function joinSentences(sentences: readonly (readonly Phrase[])[]): Phrase[] {
  return sentences.flatMap((sentence, index) => (index === 0 ? sentence : [" ", ...sentence]));
}
