import Link from "next/link";
import type { ReactNode } from "react";
import { StatusMark } from "#components/ui/status.tsx";
import type { Finding } from "#lib/posture/model.ts";
import { SEVERITY_TONE } from "./posture-words.ts";

type FindingRowProps = Readonly<{
  finding: Finding;
  /** Where its workload is shown; left out beside the workload itself. */
  href?: string | undefined;
  /** Names what it is about, where that does not stand above. */
  named?: boolean | undefined;
}>;

/** One thing that does not stand as asked: what it is, and what to do. */
export function FindingRow({ finding, href, named }: FindingRowProps): ReactNode {
  return (
    <li className="flex gap-2.5 px-3.5 py-2" data-finding={finding.code}>
      <span className="flex h-5 flex-none items-center">
        <StatusMark tone={SEVERITY_TONE[finding.severity]} />
        <span className="sr-only">{finding.severity}</span>
      </span>
      <span className="flex min-w-0 flex-col gap-0.5 outside">
        {named ? (
          <span className="flex flex-wrap gap-x-2">
            <span className="font-semibold">
              {href === undefined ? (
                finding.subject
              ) : (
                <Link href={href} scroll={false} className="link">
                  {finding.subject}
                </Link>
              )}
            </span>
            <span className="text-faint">{finding.environment}</span>
          </span>
        ) : null}
        <span className="outside">{finding.message}</span>
        <span className="text-dim">{finding.advice}</span>
      </span>
    </li>
  );
}
