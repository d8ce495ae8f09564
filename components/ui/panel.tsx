import { type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

type PanelProps = Readonly<{
  title: ReactNode;
  /** A few faint words beside the title: how many, in which order, as of when. */
  hint?: ReactNode;
  /** Stands at the end of the header: a tag, a filter, a small button. */
  aside?: ReactNode;
  /** The heading's rank in the page's outline. */
  rank?: 2 | 3 | undefined;
  id?: string | undefined;
  children: ReactNode;
}>;

/** A titled card. Its body has no padding of its own, so that tables and rows reach the edges; prose goes in `PanelBody`. */
export function Panel({ title, hint, aside, rank = 2, id, children }: PanelProps): ReactNode {
  const titleId = useId();
  const Heading = rank === 2 ? "h2" : "h3";
  return (
    <section id={id} aria-labelledby={titleId} className="min-w-0 rounded-panel border border-line bg-surface">
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-line border-b px-3.5 py-2">
        <div className="flex min-w-0 flex-[1_1_10rem] flex-wrap items-baseline gap-x-2">
          <Heading id={titleId} className="font-semibold">
            {title}
          </Heading>
          {hint === undefined || hint === null ? null : <div className="min-w-0 text-faint text-small">{hint}</div>}
        </div>
        {aside === undefined || aside === null ? null : (
          <div className="flex flex-wrap items-center justify-end gap-2 text-faint max-phone:grow">{aside}</div>
        )}
      </header>
      {children}
    </section>
  );
}

type PanelBodyProps = Readonly<{ dim?: boolean | undefined; children: ReactNode }>;

/** The padded part of a panel: sentences, meters, short lists. */
export function PanelBody({ dim, children }: PanelBodyProps): ReactNode {
  return <div className={classNames("flex flex-col gap-2 px-3.5 py-3", dim && "text-dim")}>{children}</div>;
}
