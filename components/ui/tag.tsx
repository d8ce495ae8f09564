import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { StatusMark } from "./status.tsx";
import { type Accent, softOfTone } from "./tone.ts";

type TagProps = Readonly<{
  /** `warm` and `dashed` are outlines that say where something acts; a tone is a soft fill; `outline` only names. */
  kind?: Accent | "warm" | "dashed" | "outline" | undefined;
  /** Puts the status shape before the word. */
  shape?: boolean | undefined;
  title?: string | undefined;
  children: ReactNode;
}>;

const outlines = {
  warm: "border-live/70 text-live",
  dashed: "border-line-strong border-dashed text-dim",
  outline: "border-line-strong text-dim",
} as const;

/** A word or two in a small frame. */
export function Tag({ kind = "outline", shape, title, children }: TagProps): ReactNode {
  const outlined = kind === "warm" || kind === "dashed" || kind === "outline";
  const marked = shape && !outlined && kind !== "accent" && kind !== "plain";
  return (
    <span
      title={title}
      className={classNames(
        "inline-flex items-center gap-1 whitespace-nowrap rounded-tag border px-1.5 font-medium text-small leading-[18px]",
        outlined ? outlines[kind] : classNames("border-transparent", softOfTone[kind]),
      )}
    >
      {marked ? <StatusMark tone={kind} size={9} /> : null}
      {children}
    </span>
  );
}

type CountProps = Readonly<{
  tone?: "accent" | "broken" | "look" | "plain" | undefined;
  what: string;
  children: number;
}>;

/** A small number that says how many wait; `what` completes it for screen readers ("4 requests wait"). */
export function Count({ tone = "accent", what, children }: CountProps): ReactNode {
  return (
    <span
      className={classNames(
        "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full px-1.5 font-medium text-small",
        softOfTone[tone],
      )}
    >
      {children}
      <span className="sr-only"> {what}</span>
    </span>
  );
}
