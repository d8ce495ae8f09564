"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useDetail } from "#components/live/use-detail.ts";
import { Age } from "#components/ui/age.tsx";
import { Answer } from "#components/ui/answer.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import { State } from "#components/ui/status.tsx";
import { type PodRow, standingOf } from "#lib/pods/model.ts";
import type { PodDetail } from "#lib/pods/queries.ts";
import { rolloutsPath } from "#lib/routes.ts";
import { STANDING_TONE } from "./pods-words.ts";

type PodPanelProps = Readonly<{ id: string; pod: PodRow | undefined; isSeen: boolean; closeHref: string }>;

/** What holds one pod, who answers for it, and what was last heard of it. */
export function PodPanel({ id, pod, isSeen, closeHref }: PodPanelProps): ReactNode {
  const detail = useDetail<PodDetail>("/api/v1/pods/pod", id, pod, pod !== undefined);
  const known = detail.data;
  if (pod === undefined) {
    return (
      <SidePanel title="This pod is gone" closeHref={closeHref}>
        <PanelBody dim>It has ended since the page was linked to, or is none that you may see.</PanelBody>
      </SidePanel>
    );
  }
  return (
    <>
      <SidePanel title={pod.name} hint="pod" closeHref={closeHref}>
        <PanelBody>
          <State
            tone={isSeen ? STANDING_TONE[standingOf(pod)] : "unknown"}
            word={isSeen ? pod.state : "not known"}
            because={`last known: ${pod.state}`}
          />
          <Why pod={pod} detail={known} />
        </PanelBody>
        <div className="border-line border-t">
          <Rows label={`Facts of ${pod.name}`}>
            <Fact name="Namespace">{pod.namespace}</Fact>
            <Fact name="Node">{pod.node ?? "none yet"}</Fact>
            {known === undefined ? null : <Owner detail={known} />}
            {known === undefined || known.lastExit === null ? null : (
              <Fact name="Last exit">
                code {known.lastExit.code}
                {known.lastExit.reason === null ? "" : `, ${known.lastExit.reason}`}
              </Fact>
            )}
          </Rows>
        </div>
      </SidePanel>
      <Answer read={detail} rows={3}>
        {({ warnings }) => <Warnings name={pod.name} warnings={warnings} />}
      </Answer>
    </>
  );
}

function Warnings({ name, warnings }: Readonly<{ name: string; warnings: PodDetail["warnings"] }>): ReactNode {
  return warnings.length === 0 ? null : (
    <Panel title="Warnings" hint="newest first">
      <Rows label={`Warnings about ${name}`}>
        {warnings.map(({ reason, message, at }) => (
          <li key={`${reason} ${message}`} className="px-3.5 py-2">
            <span className="flex justify-between gap-3">
              <span className="font-semibold">{reason}</span>
              <span className="text-faint">
                <Age at={at} />
              </span>
            </span>
            <span className="block text-dim outside">{message}</span>
          </li>
        ))}
      </Rows>
    </Panel>
  );
}

function Owner({ detail: { owner, workload } }: Readonly<{ detail: PodDetail }>): ReactNode {
  return (
    <Fact name="Made by">
      {workload === null ? (
        (owner ?? "nobody: when it ends, nothing makes another")
      ) : (
        <Link href={rolloutsPath({ workload })} className="link">
          {owner}
        </Link>
      )}
    </Fact>
  );
}

function Why({ pod, detail }: Readonly<{ pod: PodRow; detail: PodDetail | undefined }>): ReactNode {
  const waiting = detail?.waiting ?? null;
  const words = detail?.reason ?? pod.reason;
  return (
    <>
      {words === null ? null : <p className="outside">{words}</p>}
      {waiting === null ? null : (
        <p className="text-dim outside">
          {waiting.isInit ? "Init container" : "Container"} {waiting.container} waits: {waiting.reason}
          {waiting.message === "" ? "" : `, ${waiting.message}`}
        </p>
      )}
      {detail === undefined || detail.lastWords === null ? null : (
        <pre className="whitespace-pre-wrap font-mono text-dim text-small outside">{detail.lastWords}</pre>
      )}
    </>
  );
}
