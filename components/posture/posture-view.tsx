"use client";

import type { ReactNode } from "react";
import { Unread } from "#components/ui/answer.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Rows } from "#components/ui/rows.tsx";
import type { Finding } from "#lib/posture/model.ts";
import { FindingRow } from "./finding-row.tsx";
import { byRule, POSTURE_TITLE } from "./posture-words.ts";
import type { usePosture } from "./use-posture.ts";

const MOST = 20;

type PostureViewProps = Readonly<{
  posture: ReturnType<typeof usePosture>;
  text: string | undefined;
  /** The page with a workload's panel open. */
  hrefOf: (workload: string) => string;
}>;

/** What does not stand as the platforms ask, by rule, worst first. */
export function PostureView({ posture, text, hrefOf }: PostureViewProps): ReactNode {
  if (posture.error !== null || posture.data === undefined) {
    return <Unread error={posture.error} rows={6} tall />;
  }
  const { unknown } = posture.data;
  const findings = posture.data.items.filter((finding) => hasWords(finding, text));
  return (
    <>
      <UnknownNotices sentences={unknown} />
      {byRule(findings).map(([code, of]) => (
        <Panel key={code} title={POSTURE_TITLE[code]} hint={of.length}>
          <Rows label={POSTURE_TITLE[code]}>
            {of.slice(0, MOST).map((finding) => (
              <FindingRow
                key={`${finding.environment} ${finding.namespace} ${finding.subject}`}
                finding={finding}
                href={finding.workload === null ? undefined : hrefOf(finding.workload)}
                named
              />
            ))}
            {of.length > MOST ? (
              <li className="px-3.5 py-2 text-dim">{of.length - MOST} more of these are hidden</li>
            ) : null}
          </Rows>
        </Panel>
      ))}
      {findings.length === 0 && unknown.length === 0 ? (
        <Panel title="Findings">
          <Empty title="There is none">
            {text === undefined
              ? "Each platform says in gatehouse.yaml, under posture:, what it asks."
              : "No finding has all of these words."}
          </Empty>
        </Panel>
      ) : null}
    </>
  );
}

function hasWords(finding: Finding, text: string | undefined): boolean {
  const all = `${finding.subject} ${finding.namespace} ${finding.environment} ${finding.message}`.toLowerCase();
  return (text ?? "")
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
