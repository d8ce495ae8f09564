import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

type TabsProps = Readonly<{ items: readonly Readonly<{ label: string; href: string; isCurrent: boolean }>[] }>;

/** The views of one page, each with an address of its own. */
export function Tabs({ items }: TabsProps): ReactNode {
  return (
    <nav aria-label="Views" className="mb-4 flex flex-wrap gap-x-4 border-line border-b">
      {items.map(({ label, href, isCurrent }) => (
        <Link
          key={label}
          href={href}
          scroll={false}
          aria-current={isCurrent ? "page" : undefined}
          className={classNames(
            "-mb-px border-b-2 pb-2 max-phone:py-2.5",
            isCurrent ? "border-accent font-medium text-text" : "border-transparent text-dim hover:text-text",
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
