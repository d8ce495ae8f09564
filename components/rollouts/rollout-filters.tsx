"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { FilterForm } from "#components/ui/filters.tsx";
import { Select } from "#components/ui/select.tsx";
import { Text } from "#components/ui/text.tsx";
import { type RolloutSearch, rolloutsPath } from "#lib/routes.ts";
import { ROLLOUT_STATES } from "./rollouts-words.ts";

type RolloutFiltersProps = Readonly<{
  search: RolloutSearch;
  environments: readonly string[];
  kinds: readonly string[];
}>;

/** Which rollouts are shown, by environment, kind, state and words. All of it stands in the URL. */
export function RolloutFilters({ search, environments, kinds }: RolloutFiltersProps): ReactNode {
  const router = useRouter();
  const go = (change: RolloutSearch) => router.push(rolloutsPath({ ...search, ...change }), { scroll: false });
  return (
    <FilterForm label="Which rollouts are shown" verb="Filter" onSubmit={(textOf) => go({ text: textOf("text") })}>
      <Select
        label="Where"
        value={search.environment}
        options={environments}
        onChange={(environment) => go({ environment })}
      />
      {search.tab === "posture" ? null : (
        <>
          <Select label="Kind" value={search.kind} options={kinds} onChange={(kind) => go({ kind })} />
          <Select label="State" value={search.state} options={ROLLOUT_STATES} onChange={(state) => go({ state })} />
        </>
      )}
      <Text name="text" label="Words" value={search.text} hint="a name, a namespace, a reason" wide />
    </FilterForm>
  );
}
