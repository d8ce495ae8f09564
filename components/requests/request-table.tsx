"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import { type RequestRow, titleOf } from "#lib/requests/model.ts";
import { agreedBy } from "#lib/requests/policy.ts";
import { requestPath } from "#lib/routes.ts";
import { countWords, listWords, neededCount, stateOf } from "./request-words.ts";

type RequestTableProps = Readonly<{ title: string; hint?: string; requests: readonly RequestRow[]; empty: ReactNode }>;

/** Requests, newest first, each with what came of it. */
export function RequestTable({ title, hint, requests, empty }: RequestTableProps): ReactNode {
  const newestFirst = [...requests].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return (
    <Panel title={title} hint={hint}>
      {newestFirst.length === 0 ? (
        empty
      ) : (
        <Table
          caption={title}
          columns={[
            { label: "Request" },
            { label: "State", width: "148px" },
            { label: "Asked by", width: "112px" },
            { label: "Agreed", width: "128px" },
            { label: "Change", align: "right", width: "104px" },
            { label: "Age", align: "right", width: "104px" },
          ]}
        >
          {newestFirst.map((request) => (
            <RequestLine key={request.id} request={request} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function RequestLine({ request }: Readonly<{ request: RequestRow }>): ReactNode {
  const { word, tone } = stateOf(request);
  const agreed = agreedBy(request).map(({ account }) => account);
  return (
    <tr>
      <Cell label="" header>
        <span className="flex flex-col">
          <Link href={requestPath(request.id)} className="hover:underline">
            {titleOf(request)}
          </Link>
          <span className="line-clamp-1 font-normal text-dim outside">{request.reason}</span>
        </span>
      </Cell>
      <Cell label="State">
        <Tag kind={tone} shape>
          {word}
        </Tag>
      </Cell>
      <Cell label="Asked by">{request.requestedBy}</Cell>
      <Cell label="Agreed">
        {neededCount(request) === 0 ? (
          <span className="whitespace-nowrap text-faint">nobody needed</span>
        ) : (
          listWords(agreed) || <span className="text-faint">nobody yet</span>
        )}
      </Cell>
      <Cell label="Change" align="right">
        {request.action === "restart" ? (
          "every pod"
        ) : (
          <span className="flex flex-col items-end">
            <span className="whitespace-nowrap">{countWords(request.commits, "commit")}</span>
            <span className="whitespace-nowrap font-mono text-faint text-small">
              +{request.linesAdded} −{request.linesRemoved}
            </span>
          </span>
        )}
      </Cell>
      <Cell label="Age" align="right" faint>
        <Age at={request.createdAt} />
      </Cell>
    </tr>
  );
}
