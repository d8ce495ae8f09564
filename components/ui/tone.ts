/** What a status means to the person who reads it; `unknown` is a lack of evidence and never counts as fine. */
export type Tone = "fine" | "look" | "broken" | "unknown";

/** The tones a mark, a tag or a bar can carry: the four statuses, plus what is under way and what merely is. */
export type Accent = Tone | "accent" | "plain";

export const textOfTone: Readonly<Record<Accent, string>> = {
  fine: "text-ok",
  look: "text-warn",
  broken: "text-crit",
  unknown: "text-unknown",
  accent: "text-accent",
  plain: "text-dim",
};

export const softOfTone: Readonly<Record<Accent, string>> = {
  fine: "bg-ok-soft text-ok",
  look: "bg-warn-soft text-warn",
  broken: "bg-crit-soft text-crit",
  unknown: "bg-unknown-soft text-unknown",
  accent: "bg-accent-soft text-accent",
  plain: "bg-hover text-dim",
};

export const fillOfTone: Readonly<Record<Accent, string>> = {
  fine: "bg-ok",
  look: "bg-warn",
  broken: "bg-crit",
  unknown: "hatched",
  accent: "bg-accent",
  plain: "bg-line-strong",
};
