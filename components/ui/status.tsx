import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { type Tone, textOfTone } from "./tone.ts";

type MarkProps = Readonly<{
  /** `pending` is no status but its absence: not asked yet, not agreed yet. */
  tone: Tone | "pending";
  size?: number | undefined;
}>;

/** The shape alone, for places where the word stands beside it already. Fine is a disc, look a triangle, broken a square, unknown a broken ring, pending a whole one. */
export function StatusMark({ tone, size = 10 }: MarkProps): ReactNode {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 10 10"
      width={size}
      height={size}
      className={classNames("inline-block flex-none align-[-0.5px]", textOf(tone))}
    >
      {tone === "fine" ? <circle cx="5" cy="5" r="4.4" fill="currentColor" /> : null}
      {tone === "look" ? <path d="M5 0.6 9.8 9.2H0.2Z" fill="currentColor" /> : null}
      {tone === "broken" ? <rect x="1" y="1" width="8" height="8" rx="0.8" fill="currentColor" /> : null}
      {tone === "pending" ? <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.2" /> : null}
      {tone === "unknown" ? (
        <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2.4 1.8" />
      ) : null}
    </svg>
  );
}

function textOf(tone: Tone | "pending"): string {
  return textOfTone[tone === "pending" ? "plain" : tone];
}

type StatusProps = Readonly<{
  tone: Tone | "pending";
  /** The word for the state; there is always one. */
  word: string;
  /** Keeps the word for screen readers and the pointer only. */
  quiet?: boolean | undefined;
  /** Colours the word as well as the shape. */
  coloured?: boolean | undefined;
}>;

/** A status as a shape, a colour and a word. */
export function Status({ tone, word, quiet, coloured }: StatusProps): ReactNode {
  if (quiet) {
    return (
      <span title={word} className="inline-flex">
        <StatusMark tone={tone} />
        <span className="sr-only">{word}</span>
      </span>
    );
  }
  return (
    <span className="inline-flex items-baseline gap-2">
      <StatusMark tone={tone} />
      <span className={coloured ? textOf(tone) : undefined}>{word}</span>
    </span>
  );
}

type UnknownProps = Readonly<{
  /** Why it is not known, for the pointer. */
  because?: string | undefined;
  children?: ReactNode;
}>;

/** A value that is not known, on a hatched ground: it must never read as zero or as fine. */
export function Unknown({ because, children = "unknown" }: UnknownProps): ReactNode {
  return (
    <span title={because} className="hatched-faint inline-block rounded-tag px-2 text-unknown">
      <span className="bg-surface/70">{children}</span>
    </span>
  );
}

type StateProps = Readonly<{
  tone: Tone | "pending";
  word: string;
  /** Why it is not known, or what was known last, where it is not known. */
  because?: string | undefined;
}>;

/** Where something stands: its word is coloured where it is broken, and hatched where it is not known. */
export function State({ tone, word, because }: StateProps): ReactNode {
  return tone === "unknown" ? (
    <Unknown because={because}>{word}</Unknown>
  ) : (
    <Status tone={tone} word={word} coloured={tone === "broken"} />
  );
}
