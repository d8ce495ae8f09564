import { Menu } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { navigationId } from "./navigation-id.ts";

type ShellProps = Readonly<{
  /** `Navigation`. */
  navigation: ReactNode;
  /** `Bar`. */
  bar: ReactNode;
  /** A notice for the whole house, between the bar and the page. */
  banner?: ReactNode;
  children: ReactNode;
}>;

/** The frame of every page: navigation, bar, and the page's own column. */
export function Shell({ navigation, bar, banner, children }: ShellProps): ReactNode {
  return (
    <div className="min-h-dvh border-line fold:ml-49 fold:border-l">
      <a
        href="#main"
        className="sr-only rounded-control bg-accent px-3 py-1.5 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the page
      </a>
      {navigation}
      <header className="sticky top-0 z-20 flex h-12 items-center gap-3 border-line border-b bg-bg px-6 max-fold:px-4">
        <button
          type="button"
          popoverTarget={navigationId}
          aria-label="Navigation"
          className="-ml-2 inline-flex size-9 flex-none items-center justify-center rounded-control text-dim hover:bg-hover hover:text-text fold:hidden"
        >
          <Menu aria-hidden="true" size={18} strokeWidth={1.75} />
        </button>
        {bar}
      </header>
      {banner}
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto max-w-[1480px] px-6 pt-6 pb-16 outline-none max-fold:px-4 max-fold:pt-4"
      >
        {children}
      </main>
    </div>
  );
}

type ColumnsProps = Readonly<{
  /** The 340 px column: who, before, what it touches. It goes below where there is no room for it. */
  side?: ReactNode;
  /** On narrow screens the side column comes first, where it holds what one came for. */
  sideFirst?: boolean | undefined;
  children: ReactNode;
}>;

/** A page's panels in one column, with an optional side column. */
export function Columns({ side, sideFirst, children }: ColumnsProps): ReactNode {
  if (side === undefined || side === null) {
    return <div className="flex min-w-0 flex-col gap-5.5">{children}</div>;
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5.5 wide:grid-cols-[minmax(0,1fr)_340px]">
      <div className="flex min-w-0 flex-col gap-5.5">{children}</div>
      <aside
        aria-label="Beside it"
        className={classNames("flex min-w-0 flex-col gap-5.5", sideFirst && "max-wide:order-first")}
      >
        {side}
      </aside>
    </div>
  );
}
