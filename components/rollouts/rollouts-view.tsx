"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useCallback, useDeferredValue, useMemo } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import { postureSentence } from "#components/posture/posture-words.ts";
import { usePosture } from "#components/posture/use-posture.ts";
import { Columns } from "#components/shell/shell.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Empty, NoneFits } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import { ROLLOUTS_PATH, type RolloutSearch, rolloutsPath } from "#lib/routes.ts";
import { RolloutFilters } from "./rollout-filters.tsx";
import { RolloutTable } from "./rollout-table.tsx";
import { filterRollouts, rolloutsWords, shownRollouts } from "./rollouts-words.ts";

// What is not looked at is not loaded.
const PostureView = dynamic(() => import("#components/posture/posture-view.tsx").then((file) => file.PostureView));
const WorkloadPanel = dynamic(() => import("./workload-panel.tsx").then((file) => file.WorkloadPanel));

const TABS = [
  { tab: undefined, label: "Rollouts" },
  { tab: "posture", label: "Posture" },
] as const;

/** Every rollout of every environment that one may see, and how what runs stands by its platform's rules. */
export function RolloutsView({ search }: Readonly<{ search: RolloutSearch }>): ReactNode {
  // A burst of changes redraws the table when there is time for it, never each by itself.
  const rows = useDeferredValue(useRows("workload"));
  const environments = useRows("environment");
  const sources = useSources();
  const rollouts = useMemo(() => shownRollouts(rows.values(), environments, sources), [rows, environments, sources]);
  const { environment, kind, state, text } = search;
  const found = useMemo(
    () => filterRollouts(rollouts, { environment, kind, state, text }),
    [rollouts, environment, kind, state, text],
  );
  const words = rolloutsWords(rollouts, environments, sources);
  const isPosture = search.tab === "posture";
  const posture = usePosture(environment, isPosture);
  const open = rollouts.find(({ row }) => row.id === search.workload);
  const hrefOf = useCallback((workload: string) => rolloutsPath({ ...search, workload }), [search]);
  const filters = (
    <RolloutFilters
      search={search}
      environments={[...environments.keys()].sort()}
      kinds={[...new Set(rollouts.map(({ row }) => row.kind))].sort()}
    />
  );
  return (
    <>
      {isPosture ? (
        <Lead title={postureTitle(posture.data)}>
          What does not stand as its platform asks in gatehouse.yaml, worst first.
        </Lead>
      ) : (
        <SaidLead words={words} />
      )}
      <Tabs
        items={TABS.map(({ tab, label }) => ({
          label,
          href: rolloutsPath({ ...search, tab }),
          isCurrent: search.tab === tab,
        }))}
      />
      <Columns
        sideFirst
        side={
          open === undefined ? undefined : (
            <WorkloadPanel
              shown={open}
              environment={environments.get(open.row.environment)}
              closeHref={rolloutsPath({ ...search, workload: undefined })}
            />
          )
        }
      >
        {isPosture ? (
          <>
            <Panel title="Posture" hint="by rule">
              {filters}
            </Panel>
            <PostureView posture={posture} text={text} hrefOf={hrefOf} />
          </>
        ) : (
          <Panel
            title="Rollouts"
            hint={
              found.length === rollouts.length ? "worst first" : `${found.length} of ${rollouts.length}, worst first`
            }
          >
            {filters}
            {rollouts.length === 0 ? (
              <Empty title="No workload has been seen yet">
                Gatehouse is still reading the clusters, or nothing is deployed in what you may see.
              </Empty>
            ) : found.length === 0 ? (
              <NoneFits noun="rollout" action={<ButtonLink href={ROLLOUTS_PATH}>Show all</ButtonLink>} />
            ) : (
              <RolloutTable rollouts={found} chosen={search.workload} hrefOf={hrefOf} />
            )}
          </Panel>
        )}
      </Columns>
    </>
  );
}

function postureTitle(answer: ReturnType<typeof usePosture>["data"]): string {
  return answer === undefined ? "Reading how everything stands." : postureSentence(answer.items, answer.unknown);
}
