"use client";

import dynamic from "next/dynamic";
import { useSearchParams } from "next/navigation";
import { type ReactNode, useCallback, useMemo, useSyncExternalStore } from "react";
import { useRows, useSources } from "#components/live/live-provider.tsx";
import { useLiveStore } from "#components/live/use-live-store.ts";
import { Columns } from "#components/shell/shell.tsx";
import { Button } from "#components/ui/button.tsx";
import { Empty, NoneFits } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import type { FirstPods } from "#lib/pods/queries.ts";
import { POD_SEARCH, type PodSearch, podsPath } from "#lib/routes.ts";
import { PodFilters } from "./pod-filters.tsx";
import { PodTable } from "./pod-table.tsx";
import { heldWords, podsWords, seenEnvironments } from "./pods-words.ts";
import { usePod, usePods } from "./use-pods.ts";

// What is not looked at is not loaded.
const PodPanel = dynamic(() => import("./pod-panel.tsx").then((file) => file.PodPanel));

const PODS_STREAM_PATH = "/api/v1/live/pods";

/** Every pod of every environment that one may see, worst first. */
export function PodsView({ first }: Readonly<{ first: FirstPods }>): ReactNode {
  const store = useLiveStore(PODS_STREAM_PATH, first.rows);
  const [search, change] = usePodSearch();
  const held = usePods(store, search);
  const stream = useSyncExternalStore(store.subscribe, store.stream, store.stream);
  const isWhole = useSyncExternalStore(store.subscribe, store.isWhole, store.isWhole);
  const fitting = isWhole ? held.ids.length : first.fitting;
  const open = usePod(store, search.pod ?? "");
  const environments = useRows("environment");
  const sources = useSources();
  const counts = isWhole ? held.counts : first.counts;
  const all = counts.broken + counts.look + counts.fine;
  const seen = useMemo(
    () => (stream === "lost" ? new Set<string>() : seenEnvironments(environments.values(), sources)),
    [stream, environments, sources],
  );
  const live = useMemo(
    () => new Set([...environments.values()].filter(({ tier }) => tier === "live").map(({ id }) => id)),
    [environments],
  );
  const hrefOf = useCallback((pod: string) => podsPath({ ...search, pod }), [search]);
  const words = podsWords(counts, environments.values(), sources);
  return (
    <>
      <SaidLead words={words} />
      <Columns
        sideFirst
        side={
          search.pod === undefined || (open === undefined && !isWhole) ? undefined : (
            <PodPanel
              id={search.pod}
              pod={open}
              isSeen={open !== undefined && seen.has(open.environment)}
              closeHref={podsPath({ ...search, pod: undefined })}
            />
          )
        }
      >
        <Panel title="Pods" hint={heldWords({ here: held.ids.length, fitting, all })}>
          <PodFilters search={search} environments={[...environments.keys()].sort()} onChange={change} />
          {held.ids.length === 0 ? (
            <NoPods isAny={all > 0} isWhole={isWhole} onShowAll={() => change(NO_FILTER)} />
          ) : (
            <PodTable store={store} ids={held.ids} seen={seen} live={live} chosen={search.pod} hrefOf={hrefOf} />
          )}
        </Panel>
      </Columns>
    </>
  );
}

const NO_FILTER: PodSearch = { environment: undefined, state: undefined, text: undefined };

/** The search of the URL; changing it asks nothing of the server, for all pods are here. */
function usePodSearch(): readonly [PodSearch, (change: PodSearch) => void] {
  const query = useSearchParams();
  const search = useMemo(
    (): PodSearch => Object.fromEntries(POD_SEARCH.map((name) => [name, query.get(name) ?? undefined])),
    [query],
  );
  const change = (changed: PodSearch) => window.history.pushState(null, "", podsPath({ ...search, ...changed }));
  return [search, change];
}

type NoPodsProps = Readonly<{ isAny: boolean; isWhole: boolean; onShowAll: () => void }>;

function NoPods({ isAny, isWhole, onShowAll }: NoPodsProps): ReactNode {
  if (!isWhole) {
    return <Empty title="Reading the pods">They come with the stream, which is being opened.</Empty>;
  }
  return isAny ? (
    <NoneFits noun="pod" action={<Button onClick={onShowAll}>Show all</Button>} />
  ) : (
    <Empty title="No pod has been seen yet">
      Gatehouse is still reading the clusters, or nothing runs in what you may see.
    </Empty>
  );
}
