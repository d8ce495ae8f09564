"use client";

import { useMemo, useSyncExternalStore } from "react";
import type { LiveStore } from "#components/live/live-store.ts";
import { listPods, type PodCounts, type PodFilter, type PodList, podFits } from "#lib/pods/list.ts";
import type { PodRow } from "#lib/pods/model.ts";

export type ShownPods = Readonly<{ ids: readonly string[]; counts: PodCounts }>;

/** The pods that fit, in order; the same answer until one comes, goes, moves or counts otherwise. */
export function usePods(store: LiveStore, { environment, state, text }: PodFilter): ShownPods {
  const pods = useMemo(
    () => followPods(store, podFits({ environment, state, text })),
    [store, environment, state, text],
  );
  return useSyncExternalStore(pods.subscribe, pods.shown, pods.shown);
}

/** A pod as it is now; undefined for one that is gone. */
export function usePod(store: LiveStore, id: string): PodRow | undefined {
  const read = () => store.row("pod", id);
  return useSyncExternalStore(store.subscribe, read, read);
}

function followPods(store: LiveStore, fits: (row: PodRow) => boolean) {
  let list: PodList = listPods(store.rows("pod"), fits);
  let shown: ShownPods = { ids: list.ids(), counts: { ...list.counts() } };

  function look(): void {
    const counts = list.counts();
    const isSame =
      list.ids() === shown.ids &&
      counts.broken === shown.counts.broken &&
      counts.look === shown.counts.look &&
      counts.fine === shown.counts.fine;
    shown = isSame ? shown : { ids: list.ids(), counts: { ...counts } };
  }

  function readAll(): void {
    list = listPods(store.rows("pod"), fits);
    look();
  }

  return {
    shown: () => shown,
    subscribe(listener: () => void): () => void {
      // What has come since this was made was heard by nobody.
      readAll();
      return store.subscribe((touched) => {
        if (touched === undefined) {
          readAll();
        }
        for (const { id } of touched ?? []) {
          list.update(id, store.row("pod", id));
        }
        look();
        listener();
      });
    },
  };
}
