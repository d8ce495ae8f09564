/** A stretch of a line: shown as it is, or left out of sight because nobody reads it. */
export type Stretch = Readonly<{ hidden: boolean; text: string; at: number }>;

/** What goes out of sight: all but enough to tell two digests apart ("sha256:51c0…e2"), or the rest of one that was cut. */
const DIGEST = /(?<=sha256:[0-9a-f]{4})(?:[0-9a-f]{58}(?=[0-9a-f]{2}(?![0-9a-f]))|[0-9a-f]{0,59}…)/g;

/** Takes a line apart at its digests' middles. All stretches together are the line, character by character. */
export function elideDigests(text: string): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let shown = 0;
  for (const match of text.matchAll(DIGEST)) {
    stretches.push({ hidden: false, text: text.slice(shown, match.index), at: shown });
    stretches.push({ hidden: true, text: match[0], at: match.index });
    shown = match.index + match[0].length;
  }
  return [...stretches, { hidden: false, text: text.slice(shown), at: shown }];
}
