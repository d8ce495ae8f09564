import Link from "next/link";
import type { ReactNode } from "react";
import { Clock } from "./clock.tsx";

export type Crumb = Readonly<{ label: string; href?: string | undefined }>;

type BarProps = Readonly<{
  /** `Crumbs`, or whatever says where one is. */
  where: ReactNode;
  /** `CommandMenu`. */
  find?: ReactNode;
  /** `Freshness`. */
  freshness?: ReactNode;
}>;

/** What the 48 px bar holds: where am I, find anything, how fresh, what time. */
export function Bar({ where, find, freshness }: BarProps): ReactNode {
  return (
    <>
      <div className="min-w-0 flex-1">{where}</div>
      {find}
      {freshness}
      <div className="flex-none max-fold:hidden">
        <Clock />
      </div>
    </>
  );
}

type CrumbsProps = Readonly<{ crumbs: readonly Crumb[] }>;

/** The way from the top to this page; the last one is the page itself. */
export function Crumbs({ crumbs }: CrumbsProps): ReactNode {
  return (
    <nav aria-label="Where you are">
      <ol className="flex min-w-0 items-center gap-2 whitespace-nowrap">
        {crumbs.map((crumb, index) => {
          const last = index === crumbs.length - 1;
          return (
            <li
              key={`${crumb.label} ${crumb.href ?? ""}`}
              className={last ? "min-w-0 truncate" : "flex items-center gap-2 max-phone:hidden"}
            >
              {crumb.href === undefined || last ? (
                <span aria-current={last ? "page" : undefined} className={last ? "font-medium" : "text-dim"}>
                  {crumb.label}
                </span>
              ) : (
                <Link href={crumb.href} className="text-dim hover:text-text">
                  {crumb.label}
                </Link>
              )}
              {last ? null : (
                <span aria-hidden="true" className="text-faint">
                  /
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
