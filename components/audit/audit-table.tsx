"use client";

import { ChevronRight } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useUrlState } from "#components/live/use-url-state.ts";
import { Age } from "#components/ui/age.tsx";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Elided } from "#components/ui/elided.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { AuditRow } from "#lib/audit/model.ts";
import { requestPath } from "#lib/routes.ts";
import { factsIn, OUTCOME_TONE, saidIn } from "./audit-words.ts";

// What is not unfolded is not loaded.
const AuditUnfolded = dynamic(() => import("./audit-unfolded.tsx").then((file) => file.AuditUnfolded));

const COLUMNS = 6;

type AuditTableProps = Readonly<{ rows: readonly AuditRow[]; isOfOneRequest?: boolean }>;

/** Rows of the record: when, who, what, where, with which outcome, and why. The one that the URL names is unfolded: `?row=<seq>`. */
export function AuditTable({ rows, isOfOneRequest = false }: AuditTableProps): ReactNode {
  const [unfolded, unfold] = useUrlState("row");
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
        { label: "No.", align: "right", width: "48px" },
        { label: "When", width: "180px" },
        { label: "Who", width: isOfOneRequest ? "112px" : "128px" },
        { label: "What", width: isOfOneRequest ? "164px" : "264px" },
        { label: "Why and what came of it" },
        { label: "Hash", align: "right", width: "84px" },
      ]}
    >
      {rows.map((row) => (
        <AuditLine
          key={row.seq}
          row={row}
          isOfOneRequest={isOfOneRequest}
          isUnfolded={unfolded === String(row.seq)}
          unfold={(is) => unfold(is ? String(row.seq) : undefined)}
        />
      ))}
    </Table>
  );
}

type AuditLineProps = Readonly<{
  row: AuditRow;
  isOfOneRequest: boolean;
  isUnfolded: boolean;
  unfold: (is: boolean) => void;
}>;

function AuditLine({ row, isOfOneRequest, isUnfolded, unfold }: AuditLineProps): ReactNode {
  const tone = OUTCOME_TONE[row.outcome];
  const areaId = useId();
  const area = useRef<HTMLTableRowElement>(null);
  // A link to a row far down must not leave it out of sight.
  useEffect(() => {
    if (isUnfolded) {
      area.current?.scrollIntoView({ block: "nearest" });
    }
  }, [isUnfolded]);
  const line = (
    <tr data-top data-tone={tone === "look" || tone === "broken" ? tone : undefined}>
      <Cell label="No." align="right" faint quiet>
        {row.seq}
      </Cell>
      <Cell label="When">
        <span className="flex flex-col card:items-end">
          <span className="whitespace-nowrap">{utcMoment(new Date(row.at))}</span>
          <span className="text-faint text-small card:hidden">
            <Age at={row.at} />
          </span>
        </span>
      </Cell>
      <Cell label="Who">
        <span className="break-words">{row.actor}</span>
      </Cell>
      <Cell label="" header>
        <span className="flex flex-col items-start gap-0.5 font-normal">
          <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-0.5">
            {isOfOneRequest ? (
              <code>{row.action}</code>
            ) : (
              <button
                type="button"
                aria-label={`${row.action}, row ${row.seq}`}
                aria-expanded={isUnfolded}
                aria-controls={isUnfolded ? areaId : undefined}
                onClick={() => unfold(!isUnfolded)}
                className="group/unfold -ml-1 inline-flex min-w-0 items-center gap-1 rounded-control px-1 hover:bg-hover max-phone:min-h-11"
              >
                <ChevronRight
                  aria-hidden="true"
                  size={13}
                  className="flex-none text-faint group-aria-expanded/unfold:rotate-90"
                />
                <code className="min-w-0 break-all text-left">{row.action}</code>
              </button>
            )}
            <Tag kind={tone} shape>
              {row.outcome}
            </Tag>
          </span>
          {isOfOneRequest ? null : <Where row={row} />}
        </span>
      </Cell>
      <Cell label="">
        <Why row={row} />
      </Cell>
      <Cell label="Hash" align="right" mono faint quiet>
        <span title={`hash ${row.hash}\nprevious ${row.previousHash}`}>{row.hash.slice(0, 8)}</span>
      </Cell>
    </tr>
  );
  return isUnfolded && !isOfOneRequest ? (
    <>
      {line}
      <tr ref={area} id={areaId} data-top data-under>
        <Cell label="" colSpan={COLUMNS}>
          <AuditUnfolded row={row} />
        </Cell>
      </tr>
    </>
  ) : (
    line
  );
}

function Where({ row }: Readonly<{ row: AuditRow }>): ReactNode {
  return (
    <span className="break-words text-dim">
      {row.target}
      {row.requestId === null ? null : (
        <>
          {" · "}
          <Link href={requestPath(row.requestId)} className="link">
            request
          </Link>
        </>
      )}
    </span>
  );
}

function Why({ row }: Readonly<{ row: AuditRow }>): ReactNode {
  const said = saidIn(row.detail);
  const facts = factsIn(row.detail);
  return (
    <span className="flex min-w-0 flex-col gap-0.5">
      {said === undefined ? null : (
        <span className="max-w-[86ch]">
          <Elided text={said} />
        </span>
      )}
      {facts.length === 0 ? null : (
        <dl className="flex flex-wrap gap-x-3.5 text-small">
          {facts.map(({ name, value }) => (
            <div key={name} className="flex min-w-0 gap-1.5">
              <dt className="flex-none text-faint">{name}</dt>
              <dd className="min-w-0 break-words text-dim">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </span>
  );
}
