"use client";

import type { ReactNode } from "react";
import { readOwn } from "#components/live/read-json.ts";
import { useEnvironmentMovedAt } from "#components/live/use-environment-read.ts";
import { useRead } from "#components/live/use-read.ts";
import { useUrlState } from "#components/live/use-url-state.ts";
import { TopologyFrame } from "#components/topology/topology-frame.tsx";
import { Age } from "#components/ui/age.tsx";
import { Unread } from "#components/ui/answer.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Select } from "#components/ui/select.tsx";
import { Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import type { Drift } from "#lib/drift/model.ts";
import type { DriftItem } from "#lib/drift/queries.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { TopologySearch } from "#lib/routes.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { aspectWords, bySubject, driftWords, SINCE_WORDS } from "./drift-words.ts";

type DriftViewProps = Readonly<{ environment: EnvironmentRow; search: TopologySearch }>;

/** In what an environment differs from another of its platform, service by service. */
export function DriftView({ environment, search }: DriftViewProps): ReactNode {
  const { id } = environment;
  const [against, compareWith] = useUrlState("against");
  const movedAt = useEnvironmentMovedAt(id);
  const query = useRead(["drift", id, against, movedAt], (signal) => {
    const asked = new URLSearchParams({ environment: id, ...(against === undefined ? {} : { against }) });
    return readOwn<Envelope<DriftItem>>(`/api/v1/drift?${asked}`, signal);
  });
  const item = query.data?.items[0];
  if (item === undefined) {
    return (
      <TopologyFrame environment={environment} search={search}>
        <Unread error={query.error} rows={6} />
      </TopologyFrame>
    );
  }
  return (
    <TopologyFrame environment={environment} search={search} title={driftWords(item)} lead={[LEAD]}>
      <div className="flex flex-col gap-5.5">
        <UnknownNotices sentences={item.unknown} />
        <Differences item={item} onCompare={compareWith} />
      </div>
    </TopologyFrame>
  );
}

const LEAD =
  "Images, settings, replicas, resources, probes and policies are compared; values of settings never leave the server.";

type DifferencesProps = Readonly<{ item: DriftItem; onCompare: (other: string | undefined) => void }>;

function Differences({ item, onCompare }: DifferencesProps): ReactNode {
  const { environment: here, against: there, drift, others } = item;
  const isSpread = new Set(drift.map(({ namespace }) => namespace)).size > 1;
  if (there === null) {
    return (
      <Panel title="Drift">
        <Empty title="There is nothing to compare it with">
          Its platform has no other environment that you may see.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel
      title="Differences"
      hint={`${drift.length}, most first`}
      aside={<Select label="Against" value={there} options={others} none={null} onChange={onCompare} />}
    >
      {drift.length === 0 ? (
        <Empty title={item.unknown.length === 0 ? "No difference" : "No difference is known"}>
          What differs by nature, such as names of namespaces, is left out.
        </Empty>
      ) : (
        <Table
          caption={`In what ${here} differs from ${there}`}
          columns={[
            { label: "Subject", width: "22%" },
            { label: "What", width: "20%" },
            { label: here },
            { label: there },
            { label: "Since at least", width: "140px" },
          ]}
        >
          {bySubject(drift).flatMap(({ namespace, subject, drift: of }) =>
            of.map((one, index) => (
              <DriftRow
                key={`${namespace} ${subject} ${one.aspect} ${one.name}`}
                drift={one}
                isPlaced={isSpread}
                isFirst={index === 0}
                here={here}
                there={there}
              />
            )),
          )}
        </Table>
      )}
    </Panel>
  );
}

type DriftRowProps = Readonly<{
  drift: Drift;
  isFirst: boolean;
  /** Names its namespace, where there are several. */
  isPlaced: boolean;
  here: string;
  there: string;
}>;

function DriftRow({ drift, isFirst, isPlaced, here, there }: DriftRowProps): ReactNode {
  return (
    <tr>
      <Cell label="" header>
        <span className={isFirst ? undefined : "sr-only"}>
          {drift.subject}
          {isPlaced ? <span className="font-normal text-faint"> in {drift.namespace}</span> : null}
        </span>
      </Cell>
      <Cell label="What">{aspectWords(drift)}</Cell>
      <Cell label={here}>
        <span className="font-mono text-small outside">{drift.here}</span>
      </Cell>
      <Cell label={there}>
        <span className="font-mono text-small outside">{drift.there}</span>
      </Cell>
      <Cell label="Since at least">
        {drift.since === null ? (
          <Unknown>not known</Unknown>
        ) : (
          <span>
            <Age at={new Date(drift.since.at).toISOString()} />{" "}
            <span className="text-faint text-small">{SINCE_WORDS[drift.since.by]}</span>
          </span>
        )}
      </Cell>
    </tr>
  );
}
