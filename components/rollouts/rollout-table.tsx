"use client";

import Link from "next/link";
import { memo, type ReactNode, useState } from "react";
import { EnvironmentCell } from "#components/environments/environment-tag.tsx";
import { shortReason } from "#components/services/rollout-words.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { Progress } from "#components/ui/progress.tsx";
import { State, Unknown } from "#components/ui/status.tsx";
import { Cell, NameCell, Table, TableRow } from "#components/ui/table.tsx";
import { isBatch, type RolloutState, type WorkloadRow } from "#lib/rollouts/model.ts";
import { schedulesPath } from "#lib/routes.ts";
import {
  availableWords,
  changeWords,
  countsWords,
  rolloutTone,
  type ShownRollout,
  stateWords,
} from "./rollouts-words.ts";

/** So many rows are drawn at once; the rest is counted and a click away. */
const STEP = 200;

type RolloutTableProps = Readonly<{
  rollouts: readonly ShownRollout[];
  /** The id of the workload whose panel is open. */
  chosen: string | undefined;
  /** The page with that workload's panel open. */
  hrefOf: (workload: string) => string;
}>;

/** Every workload's rollout, in the order it is given. */
export function RolloutTable({ rollouts, chosen, hrefOf }: RolloutTableProps): ReactNode {
  const [most, setMost] = useState(STEP);
  const hidden = rollouts.length - most;
  return (
    <>
      <Table
        caption="Where each rollout stands"
        columns={[
          { label: "State", width: "17%" },
          { label: "Workload", width: "25%" },
          { label: "Environment", width: "16%" },
          { label: "Why, or what changed" },
          { label: "Pods", align: "right", width: "64px" },
        ]}
      >
        {rollouts.slice(0, most).map(({ row, state, isLive }) => (
          <RolloutLine
            key={row.id}
            row={row}
            state={state}
            isLive={isLive}
            isChosen={row.id === chosen}
            href={hrefOf(row.id)}
          />
        ))}
      </Table>
      {hidden > 0 ? (
        <div className="flex items-center justify-between gap-4 border-line border-t px-3.5 py-2.5 text-dim">
          <span>
            {hidden} more {hidden === 1 ? "is" : "are"} not drawn; the worst stand above.
          </span>
          <Button small onClick={() => setMost(most + STEP)}>
            Show {Math.min(hidden, STEP)} more
          </Button>
        </div>
      ) : null}
    </>
  );
}

type RolloutLineProps = Readonly<{
  row: WorkloadRow;
  state: RolloutState;
  isLive: boolean;
  isChosen: boolean;
  href: string;
}>;

const RolloutLine = memo(function RolloutLine({ row, state, isLive, isChosen, href }: RolloutLineProps): ReactNode {
  const pods = countsWords(row);
  return (
    <TableRow data-workload={row.name} isBroken={state === "stuck"} isChosen={isChosen}>
      <Cell label="State">
        <RolloutStanding shown={{ row, state, isLive }} />
      </Cell>
      <NameCell
        name={row.name}
        href={href}
        detail={
          <>
            {row.kind} in {row.namespace}
            {isBatch(row.kind) ? (
              <>
                {" · "}
                <Link href={schedulesPath({ job: row.id })} aria-label={`Runs of ${row.name}`} className="link">
                  its runs
                </Link>
              </>
            ) : null}
          </>
        }
      />
      <EnvironmentCell id={row.environment} isLive={isLive} />
      <Cell label="Why" quiet={state === "done" && row.rollout.reason === null && changeWords(row) === ""}>
        <Why row={row} state={state} />
      </Cell>
      <Cell label="Pods" align="right">
        {state === "unknown" && row.rollout.state !== "unknown" ? (
          <Unknown because={`last known: ${pods}`}>?</Unknown>
        ) : (
          pods
        )}
      </Cell>
    </TableRow>
  );
});

/** Where a rollout stands, as a shape and words. */
export function RolloutStanding({ shown }: Readonly<{ shown: ShownRollout }>): ReactNode {
  const { state, reason } = shown.row.rollout;
  return (
    <State
      tone={rolloutTone(shown)}
      word={stateWords(shown)}
      because={state === "unknown" ? reason?.message : `last known: ${state}`}
    />
  );
}

function Why({ row, state }: Readonly<{ row: WorkloadRow; state: RolloutState }>): ReactNode {
  const { rollout } = row;
  const label = `Rollout of ${row.name}`;
  if (state === "progressing") {
    const done = Math.min(rollout.updated, rollout.available);
    return <Progress label={label} done={done} total={rollout.desired} words={`${done} of ${rollout.desired}`} />;
  }
  // What is not seen has no reason to show but that; what is seen and not known to work has one of its own.
  const isUnseen = state === "unknown" && rollout.state !== "unknown";
  if (isUnseen || rollout.reason === null) {
    return <span className="text-faint outside">{changeWords(row)}</span>;
  }
  return (
    <span className="flex min-w-0 flex-col gap-0.5 card:items-end">
      <span title={rollout.reason.message} className="text-dim outside">
        {shortReason(rollout)}
      </span>
      {state === "stuck" ? (
        <span className="flex items-center gap-2 text-faint text-small">
          <Progress
            label={label}
            done={rollout.available}
            total={rollout.desired}
            tone="broken"
            words={availableWords(row)}
          />
          {rollout.reason.since === undefined ? null : <Age at={rollout.reason.since} form="bare" />}
        </span>
      ) : null}
    </span>
  );
}
