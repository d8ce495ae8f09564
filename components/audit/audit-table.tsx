"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Empty } from "#components/ui/empty.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { AuditRow } from "#lib/audit/model.ts";
import { requestPath } from "#lib/routes.ts";
import { detailsOf, OUTCOME_TONE } from "./audit-words.ts";

type AuditTableProps = Readonly<{ rows: readonly AuditRow[]; isOfOneRequest?: boolean }>;

/** Rows of the record: when, who, what, where, with which outcome, and why. */
export function AuditTable({ rows, isOfOneRequest = false }: AuditTableProps): ReactNode {
  if (rows.length === 0) {
    return (
      <Empty title="Nothing is on record here">
        Whatever somebody asks for, agrees to or is refused stands here at once.
      </Empty>
    );
  }
  return (
    <Table
      caption="The record"
      columns={[
        { label: "No.", align: "right", width: "52px" },
        { label: "When", width: "148px" },
        { label: "Who", width: "128px" },
        { label: "What" },
        { label: "Why and what came of it", width: "40%" },
        { label: "Hash", align: "right", width: "84px" },
      ]}
    >
      {rows.map((row) => (
        <tr key={row.seq}>
          <Cell label="No." align="right" faint>
            {row.seq}
          </Cell>
          <Cell label="When">
            <span className="flex flex-col" title={utcMoment(new Date(row.at))}>
              <span>{utcMoment(new Date(row.at)).slice(5, 19)} UTC</span>
              <span className="text-faint text-small">
                <Age at={row.at} />
              </span>
            </span>
          </Cell>
          <Cell label="Who">{row.actor}</Cell>
          <Cell label="What" header>
            <span className="flex flex-col items-start gap-1 font-normal">
              <span className="inline-flex flex-wrap items-center gap-2">
                <span className="font-mono text-small">{row.action}</span>
                <Tag kind={OUTCOME_TONE[row.outcome]} shape>
                  {row.outcome}
                </Tag>
              </span>
              <span className="text-dim">
                {row.target}
                {row.requestId === null || isOfOneRequest ? null : (
                  <>
                    {" · "}
                    <Link href={requestPath(row.requestId)} className="link">
                      request
                    </Link>
                  </>
                )}
              </span>
            </span>
          </Cell>
          <Cell label="Why">
            <Details row={row} />
          </Cell>
          <Cell label="Hash" align="right" mono faint>
            <span title={`hash ${row.hash}\nprevious ${row.previousHash}`}>{row.hash.slice(0, 8)}</span>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Details({ row }: Readonly<{ row: AuditRow }>): ReactNode {
  return (
    <dl className="flex flex-col">
      {detailsOf(row.detail).map(({ name, value }) => (
        <div key={name} className="flex gap-2">
          <dt className="w-18 flex-none text-faint">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
