import type { ReactNode } from "react";
import { countWords, listWords } from "#components/requests/request-words.ts";
import { PanelBody } from "#components/ui/panel.tsx";
import { Fact, Rows } from "#components/ui/rows.tsx";
import { SidePanel } from "#components/ui/side-panel.tsx";
import { StatusMark } from "#components/ui/status.tsx";
import { NOT_CONSIDERED, type Outcome, sayLoss } from "#lib/placement/what-if.ts";
import { budgetWords, fateWords, outcomeTone } from "./placement-words.ts";

type WhatIfPanelProps = Readonly<{ outcome: Outcome; others: number; closeHref: string }>;

/** What becomes of each workload and of a drain, and what the answer leaves out. */
export function WhatIfPanel({ outcome, others, closeHref }: WhatIfPanelProps): ReactNode {
  const { workloads, nodes } = outcome;
  const budgets = outcome.budgets?.filter(({ verdict }) => verdict !== "free") ?? [];
  const free = (outcome.budgets?.length ?? 0) - budgets.length;
  return (
    <SidePanel
      title={`If ${sayLoss(outcome.loss)} goes`}
      hint={nodes.length === 1 ? undefined : countWords(nodes.length, "node")}
      closeHref={closeHref}
    >
      {workloads.length === 0 ? (
        <PanelBody dim>Nothing of this environment stands there.</PanelBody>
      ) : (
        <Rows label="What becomes of each workload, worst first">
          {workloads.map((workload) => (
            <Fact
              key={`${workload.namespace}/${workload.kind}/${workload.name}`}
              mark={<StatusMark tone={outcomeTone(workload)} />}
              name={workload.name}
              detail={fateWords(workload)}
            >
              keeps {workload.kept} of {workload.desired}
            </Fact>
          ))}
        </Rows>
      )}
      {budgets.length === 0 ? null : (
        <div className="border-line border-t">
          <Rows label="What disruption budgets do to a drain">
            {budgets.map((budget) => (
              <Fact
                key={`${budget.namespace}/${budget.name}`}
                mark={<StatusMark tone={budget.verdict === "blocked" ? "look" : "fine"} />}
                name={`Budget ${budget.name}`}
                detail={budgetWords(budget)}
              >
                {null}
              </Fact>
            ))}
          </Rows>
        </div>
      )}
      <div className="border-line border-t">
        <PanelBody dim>
          {outcome.budgets === null ? <p>Which disruption budgets would block a drain is not known.</p> : null}
          {free > 0 ? (
            <p>
              {free === 1 ? "1 more budget lets all its" : `${free} more budgets let all their`} pods there go at once.
            </p>
          ) : null}
          {others > 0 ? <p>{countWords(others, "workload")} of other environments would be touched too.</p> : null}
          <p>
            Ready pods are counted as they stand now; where the others would fit is tried with the largest first. Not
            looked at: {listWords(NOT_CONSIDERED)}. A StatefulSet's pod comes back only when its node is known to be
            gone.
          </p>
        </PanelBody>
      </div>
    </SidePanel>
  );
}
