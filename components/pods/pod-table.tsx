"use client";

import Link from "next/link";
import { type KeyboardEvent, memo, type ReactNode, useRef } from "react";
import { EnvironmentCell } from "#components/environments/environment-tag.tsx";
import type { LiveStore } from "#components/live/live-store.ts";
import { Age } from "#components/ui/age.tsx";
import { State, Unknown } from "#components/ui/status.tsx";
import { Cell, Table, TableRow } from "#components/ui/table.tsx";
import { useNearRows } from "#components/ui/use-near-rows.ts";
import { standingOf } from "#lib/pods/model.ts";
import { number, STANDING_TONE } from "./pods-words.ts";
import { usePod } from "./use-pods.ts";

type PodTableProps = Readonly<{
  store: LiveStore;
  ids: readonly string[];
  /** The environments whose pods are seen as they are now. */
  seen: ReadonlySet<string>;
  live: ReadonlySet<string>;
  /** The id of the pod whose panel is open. */
  chosen: string | undefined;
  hrefOf: (pod: string) => string;
}>;

/** Every pod, in the order it is given; only those near the screen are drawn. The arrow keys go from pod to pod. */
export function PodTable({ store, ids, seen, live, chosen, hrefOf }: PodTableProps): ReactNode {
  const frame = useRef<HTMLFieldSetElement>(null);
  const { first, last, rowPx } = useNearRows(ids.length, frame);

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target instanceof Element ? event.target.closest("tr[data-index]") : null;
    if (step === undefined || row === null) {
      return;
    }
    event.preventDefault();
    const at = Number(row.getAttribute("data-index")) + step;
    frame.current?.querySelector<HTMLAnchorElement>(`tr[data-index="${at}"] a`)?.focus();
  }

  return (
    <fieldset ref={frame} aria-label="Pods" className="min-w-0" onKeyDown={onKeyDown}>
      <Table
        caption="How each pod stands"
        rowCount={ids.length}
        columns={[
          { label: "State", width: "19%" },
          { label: "Pod" },
          { label: "Environment", width: "17%" },
          { label: "Node", width: "15%" },
          { label: "Restarts", align: "right", width: "72px" },
          { label: "Age", align: "right", width: "72px" },
        ]}
      >
        <Room px={first * rowPx} />
        {ids.slice(first, last).map((id, at) => (
          <PodLine
            key={id}
            store={store}
            id={id}
            index={first + at}
            seen={seen}
            live={live}
            isChosen={id === chosen}
            href={hrefOf(id)}
          />
        ))}
        <Room px={(ids.length - last) * rowPx} />
      </Table>
    </fieldset>
  );
}

/** Stands for the rows that are not drawn. */
function Room({ px }: Readonly<{ px: number }>): ReactNode {
  return px <= 0 ? null : (
    <tr style={{ height: px }}>
      <td colSpan={6} />
    </tr>
  );
}

type PodLineProps = Readonly<{
  store: LiveStore;
  id: string;
  index: number;
  seen: ReadonlySet<string>;
  live: ReadonlySet<string>;
  isChosen: boolean;
  href: string;
}>;

/** Reads its pod itself, so that a change draws this line and no other. */
const PodLine = memo(function PodLine({ store, id, index, seen, live, isChosen, href }: PodLineProps): ReactNode {
  const pod = usePod(store, id);
  if (pod === undefined) {
    return null;
  }
  const isSeen = seen.has(pod.environment);
  const standing = standingOf(pod);
  const word = pod.state === "Running" && !pod.isReady ? "Running, not ready" : pod.state;
  return (
    <TableRow
      aria-rowindex={index + 2}
      data-index={index}
      data-pod={pod.name}
      isBroken={isSeen && standing === "broken"}
      isChosen={isChosen}
    >
      <Cell label="State" title={pod.reason ?? undefined}>
        <State
          tone={isSeen ? STANDING_TONE[standing] : "unknown"}
          word={isSeen ? word : "not known"}
          because={`last known: ${word}`}
        />
      </Cell>
      <Cell label="" header>
        <Link href={href} scroll={false} prefetch={false} className="link block truncate font-medium" title={pod.name}>
          {pod.name}
        </Link>
      </Cell>
      <EnvironmentCell id={pod.environment} isLive={live.has(pod.environment)} />
      <Cell label="Node" faint={pod.node === null}>
        <span className="block truncate" title={pod.node ?? undefined}>
          {pod.node ?? "none yet"}
        </span>
      </Cell>
      <Cell label="Restarts" align="right" data-restarts="">
        {isSeen ? number(pod.restarts) : <Unknown because={`last known: ${pod.restarts}`}>?</Unknown>}
      </Cell>
      <Cell label="Age" align="right">
        {pod.createdAt === null ? "" : <Age at={new Date(pod.createdAt).toISOString()} form="bare" />}
      </Cell>
    </TableRow>
  );
});
