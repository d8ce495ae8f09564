"use client";

import {
  ArrowLeftRight,
  CalendarClock,
  ChartColumn,
  Check,
  Database,
  House,
  type LucideIcon,
  RotateCw,
  ScrollText,
  Share2,
  TrendingUp,
  UserRound,
  UsersRound,
} from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { Count } from "#components/ui/tag.tsx";
import { isCurrent } from "./current-page.ts";
import { Wordmark } from "./logo.tsx";
import { navigationId } from "./navigation-id.ts";

const icons = {
  overview: House,
  topology: Share2,
  quotas: ChartColumn,
  rollouts: RotateCw,
  promotions: TrendingUp,
  tenants: UserRound,
  schedules: CalendarClock,
  reconciliation: ArrowLeftRight,
  recovery: Database,
  requests: Check,
  people: UsersRound,
  audit: ScrollText,
} as const satisfies Readonly<Record<string, LucideIcon>>;

export type NavigationItem = Readonly<{
  href: string;
  label: string;
  icon: keyof typeof icons;
  /** How many wait there; none is shown for 0. */
  count?: number | undefined;
  tone?: "accent" | "broken" | "look" | undefined;
}>;

type NavigationProps = Readonly<{
  items: readonly NavigationItem[];
  /** The bottom: `AccountSwitcher`. */
  account?: ReactNode;
}>;

/** The way round the house: fixed at the left, a drawer on narrow screens. */
export function Navigation({ items, account }: NavigationProps): ReactNode {
  const pathname = usePathname();
  const drawer = useRef<HTMLElement>(null);
  const shownAt = useRef(pathname);
  useEffect(() => {
    if (shownAt.current !== pathname) {
      shownAt.current = pathname;
      drawer.current?.hidePopover();
    }
  }, [pathname]);
  return (
    <aside
      ref={drawer}
      id={navigationId}
      popover="auto"
      aria-label="Navigation"
      className="fixed inset-y-0 left-0 z-30 m-0 h-dvh max-h-none w-49 flex-col overflow-visible border-0 border-line bg-bg p-2.5 text-text open:flex fold:flex max-fold:w-70 max-fold:border-r"
    >
      <div className="px-2 pt-1.5 pb-4">
        <Wordmark />
      </div>
      <nav aria-label="Pages" className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1">
        <ul className="flex flex-col gap-0.5 py-0.5">
          {items.map((item) => (
            <NavigationLink key={item.href} item={item} current={isCurrent(pathname, item.href)} />
          ))}
        </ul>
      </nav>
      {account === undefined || account === null ? null : (
        <div className="mt-2 border-line border-t pt-2">{account}</div>
      )}
    </aside>
  );
}

function NavigationLink({ item, current }: Readonly<{ item: NavigationItem; current: boolean }>): ReactNode {
  const Icon = icons[item.icon];
  return (
    <li>
      <Link
        href={item.href}
        aria-current={current ? "page" : undefined}
        className={classNames(
          "flex h-8 items-center gap-2.5 rounded-control border px-2 max-fold:h-11",
          current
            ? "border-line bg-raised font-medium text-text"
            : "border-transparent text-dim transition-colors hover:bg-hover hover:text-text",
        )}
      >
        <Icon aria-hidden="true" size={15} strokeWidth={1.75} className="flex-none" />
        <span className="flex-1">{item.label}</span>
        {item.count === undefined || item.count === 0 ? null : (
          <Count tone={item.tone ?? "accent"} what="waiting">
            {item.count}
          </Count>
        )}
      </Link>
    </li>
  );
}
