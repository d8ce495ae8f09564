"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useDetail } from "#components/live/use-detail.ts";
import { useEnvironmentMovedAt } from "#components/live/use-environment-read.ts";
import { countWords, listWords } from "#components/requests/request-words.ts";
import { Answer } from "#components/ui/answer.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import { StatusMark, Unknown } from "#components/ui/status.tsx";
import { quotaUse, sayAmount } from "#lib/quotas/model.ts";
import type { QuotaDetail } from "#lib/quotas/queries.ts";
import { rolloutsPath } from "#lib/routes.ts";
import { QuotaBar } from "./quota-bar.tsx";
import { QuotaHistory } from "./quota-history.tsx";
import { QuotaLeft } from "./quota-table.tsx";
import { measuredWords, requestedWords, type ShownQuota, trendSentence } from "./quotas-words.ts";

const MOST_TAKERS = 12;

type QuotaPanelProps = Readonly<{
  shown: ShownQuota;
  /** The page without this panel. */
  closeHref: string;
}>;

/** All that stands behind one quota resource: who takes it, where it is going, what still fits and what is given by default. */
export function QuotaPanel({ shown, closeHref }: QuotaPanelProps): ReactNode {
  const { row, state } = shown;
  const behind = useEnvironmentMovedAt(row.environment);
  const detail = useDetail<QuotaDetail>("/api/v1/quotas/resource", row.id, [row, behind]);
  const known = detail.data;
  return (
    <>
      <SidePanel title={row.resource} hint={row.quota} closeHref={closeHref}>
        <PanelBody>
          <div className="flex flex-wrap items-center gap-2">
            <QuotaLeft row={row} state={state} />
            <span className="text-dim outside">
              {requestedWords(row)} in {row.namespace}
            </span>
          </div>
          <QuotaBar shown={shown} />
          <p className="text-dim">{sayLeft(shown)}</p>
          <p className="text-dim">{measuredWords(row)}</p>
          {known === undefined ? null : (
            <>
              <p className="text-dim">{trendSentence(known.trend, row.resource)}</p>
              <QuotaHistory history={known.history} resource={row.resource} />
              {known.scopes.length === 0 ? null : (
                <p className="text-dim">It counts only pods of {known.scopes.join(" and ")}.</p>
              )}
            </>
          )}
        </PanelBody>
      </SidePanel>
      <Answer read={detail} rows={4}>
        {(answer) => (
          <>
            <UnknownNotices sentences={answer.unknown} />
            <Takers detail={answer} resource={row.resource} />
            <Fits detail={answer} cluster={row.cluster} />
            <Limits detail={answer} namespace={row.namespace} />
          </>
        )}
      </Answer>
    </>
  );
}

function sayLeft({ row, state }: ShownQuota): string {
  const use = quotaUse(row);
  if (use === undefined) {
    return "Its controller has not counted yet.";
  }
  const left = use.hard - use.requested;
  if (state === "unknown") {
    return `${sayAmount(row.resource, Math.max(0, left))} were free when it was last seen.`;
  }
  return left < 0
    ? `It is exceeded by ${sayAmount(row.resource, -left)}: nothing new is let in until that is given back.`
    : `${sayAmount(row.resource, left)} free.`;
}

function Takers({ detail: { takers }, resource }: Readonly<{ detail: QuotaDetail; resource: string }>): ReactNode {
  if (takers === null) {
    return (
      <Panel title="Who takes it" rank={3}>
        <PanelBody dim>Gatehouse does not know who takes this: it counts CPU and memory requests and pods.</PanelBody>
      </Panel>
    );
  }
  const hidden = takers.length - MOST_TAKERS;
  return (
    <Panel title="Who takes it" hint="most first" rank={3}>
      {takers.length === 0 ? (
        <PanelBody dim>Nobody: no pod runs there.</PanelBody>
      ) : (
        <Rows label="Services, those that take most first">
          {takers.slice(0, MOST_TAKERS).map(({ service, pods, requested, measured }) => (
            <Fact
              key={service}
              name={<span className="outside">{service}</span>}
              detail={listWords([
                ...(resource.endsWith("pods") ? [] : [countWords(pods, "pod")]),
                ...(measured === null ? [] : [`${sayAmount(resource, measured)} used`]),
              ])}
            >
              {sayAmount(resource, requested)}
            </Fact>
          ))}
          {hidden > 0 ? <li className="px-3.5 py-2 text-dim">{countWords(hidden, "more service")} not shown</li> : null}
        </Rows>
      )}
    </Panel>
  );
}

function Fits({ detail: { fits }, cluster }: Readonly<{ detail: QuotaDetail; cluster: string }>): ReactNode {
  return fits.length === 0 ? null : (
    <Panel title="What still fits" hint="more pods of each, least first" rank={3}>
      <Rows label="How many more pods of each workload fit">
        {fits.map(({ workload, kind, name, fit }) => (
          <Fact
            key={workload}
            mark={<StatusMark tone={fit.more === null ? "unknown" : fit.more === 0 ? "look" : "fine"} />}
            name={
              <Link href={rolloutsPath({ workload: `${cluster}/${workload}` })} title={kind} className="link outside">
                {name}
              </Link>
            }
            detail={
              <>
                {fit.message}
                {fit.notConsidered.length === 0 ? null : ` Not looked at: ${fit.notConsidered.join(", ")}.`}
              </>
            }
          >
            {fit.more === null ? <Unknown>not known</Unknown> : fit.more === 0 ? "none" : `${fit.more} more`}
          </Fact>
        ))}
      </Rows>
    </Panel>
  );
}

function Limits({ detail: { limits }, namespace }: Readonly<{ detail: QuotaDetail; namespace: string }>): ReactNode {
  return (
    <Panel title="Defaults and bounds" hint={namespace} rank={3}>
      <PanelBody dim>
        {limits.length === 0 ? (
          <p>No LimitRange: a container gets what it names, and is let in whatever that is.</p>
        ) : (
          limits.map((sentence) => <p key={sentence}>{sentence}</p>)
        )}
      </PanelBody>
    </Panel>
  );
}
