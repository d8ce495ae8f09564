"use client";

import type { ReactNode } from "react";
import { Age } from "#components/ui/age.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import { type Tone, textOfTone } from "#components/ui/tone.ts";
import { freshnessOf, type Source, type SourceState, type StreamState } from "./freshness-words.ts";

type FreshnessProps = Readonly<{
  sources: readonly Source[];
  /** The browser's own line to the console. */
  stream: StreamState;
}>;

const sourceTones: Readonly<Record<SourceState, Tone>> = {
  ok: "fine",
  stale: "look",
  denied: "unknown",
  unreachable: "broken",
};

const sourceWords: Readonly<Record<SourceState, string>> = {
  ok: "answers",
  stale: "stale",
  denied: "may not be read",
  unreachable: "does not answer",
};

/** How fresh the page is, in the bar; it opens the list of what it is made of. */
export function Freshness({ sources, stream }: FreshnessProps): ReactNode {
  const { tone, word, detail } = freshnessOf(sources, stream);
  return (
    <Popover
      place="below-right"
      title="Sources"
      buttonClassName="inline-flex h-8 items-center gap-2 whitespace-nowrap rounded-control px-2 text-dim transition-colors hover:bg-hover hover:text-text"
      button={
        <>
          <StatusMark tone={tone} size={9} />
          <span>
            {word}
            <span className="max-phone:sr-only"> · {detail}</span>
          </span>
        </>
      }
    >
      <p className="border-line border-b px-3.5 py-2.5 text-dim">{explanations[stream]}</p>
      {sources.length === 0 ? <p className="px-3.5 py-2.5 text-dim">No source is configured.</p> : null}
      <ul className="divide-y divide-line">
        {sources.map((source) => (
          <SourceRow key={source.name} source={source} />
        ))}
      </ul>
    </Popover>
  );
}

const explanations: Readonly<Record<StreamState, string>> = {
  live: "What you see changes by itself as its sources change.",
  connecting: "Connecting. What you see is as of when the page was loaded.",
  lost: "This page has lost its line to the console. What you see is the last that was known; the line is tried again by itself.",
};

function SourceRow({ source }: Readonly<{ source: Source }>): ReactNode {
  const tone = sourceTones[source.state];
  return (
    <li className="flex items-baseline gap-2.5 px-3.5 py-2">
      <StatusMark tone={tone} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 break-words font-medium">{source.name}</span>
          <span className="flex-none text-faint text-small">
            for <Age at={source.since} form="bare" />
          </span>
        </div>
        <div className={source.state === "ok" ? "text-dim" : textOfTone[tone]}>{sourceWords[source.state]}</div>
        {source.message === undefined ? null : <div className="break-words text-dim">{source.message}</div>}
      </div>
    </li>
  );
}
