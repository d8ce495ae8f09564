"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { useRead } from "#components/live/use-read.ts";
import { RequestSteps } from "#components/requests/request-steps.tsx";
import { PlanView } from "#components/requests/request-view.tsx";
import { stateOf } from "#components/requests/request-words.ts";
import { Age } from "#components/ui/age.tsx";
import { Digest } from "#components/ui/digest.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { AuditRow } from "#lib/audit/model.ts";
import { requestKey } from "#lib/requests/keys.ts";
import { type RequestRow, titleOf } from "#lib/requests/model.ts";
import type { RequestDetail } from "#lib/requests/queries.ts";
import { requestPath } from "#lib/routes.ts";
import { cameOf, wordOf } from "./audit-words.ts";

/** What stands behind a row: the request that it belongs to, from plan to outcome, and the row's place in the chain. */
export function AuditUnfolded({ row }: Readonly<{ row: AuditRow }>): ReactNode {
  return (
    <div className="flex w-full min-w-0 flex-col gap-4 pb-1.5 text-left">
      {row.requestId === null ? null : <OfRequest requestId={row.requestId} />}
      <Place row={row} />
    </div>
  );
}

function OfRequest({ requestId }: Readonly<{ requestId: string }>): ReactNode {
  const live = useRows("request").get(requestId);
  const { data, error } = useRead(
    requestKey(requestId),
    (signal) =>
      readOwn<Pick<RequestDetail, "request" | "plan">>(`/api/v1/requests/${encodeURIComponent(requestId)}`, signal),
    true,
  );
  const request = live ?? data?.request;
  if (request !== undefined) {
    return (
      <>
        <RequestFacts request={request} />
        {data === undefined ? (
          <Unread problem={error?.message} />
        ) : (
          <section aria-label="The plan" className="flex flex-col gap-4">
            <PlanView request={request} plan={data.plan} />
          </section>
        )}
      </>
    );
  }
  return <Unread problem={error?.message} />;
}

function Unread({ problem }: Readonly<{ problem: string | undefined }>): ReactNode {
  return problem === undefined ? <Skeleton width="60%" line="lead" /> : <Notice tone="look">{problem}</Notice>;
}

function RequestFacts({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const { word, tone } = stateOf(request);
  const came = cameOf(request);
  return (
    <>
      <div className="flex flex-col gap-1">
        <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Link href={requestPath(request.id)} className="link font-semibold">
            {titleOf(request)}
          </Link>
          <Tag kind={tone} shape>
            {word}
          </Tag>
          <span className="text-dim">
            plan <Digest value={request.digest} />
          </span>
        </span>
        <span className="max-w-[86ch] text-dim">
          {request.requestedBy}: <span className="outside">“{request.reason}”</span>
        </span>
      </div>
      <RequestSteps request={request} rollout={undefined} />
      {request.approvals.length === 0 ? null : (
        <ul aria-label="Who said what" className="flex flex-col gap-0.5">
          {request.approvals.map((approval) => (
            <li key={approval.account}>
              {wordOf(approval)}{" "}
              <span className="text-faint">
                <Age at={approval.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {came === undefined ? null : <p className="max-w-[86ch]">{came}</p>}
    </>
  );
}

function Place({ row }: Readonly<{ row: AuditRow }>): ReactNode {
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-0.5 text-dim">
      {(
        [
          ["Hash of the row", row.hash],
          ["of what it says", row.contentHash],
          ["of the row before", row.previousHash],
        ] as const
      ).map(([name, value]) => (
        <div key={name} className="flex items-baseline gap-1.5">
          <dt className="text-faint">{name}</dt>
          <dd>
            <Digest value={value} what="hash" />
          </dd>
        </div>
      ))}
    </dl>
  );
}
