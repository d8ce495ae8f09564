"use client";

import type { ReactNode } from "react";
import { FilterForm } from "#components/ui/filters.tsx";
import { Select } from "#components/ui/select.tsx";
import { Text } from "#components/ui/text.tsx";
import { POD_STANDINGS } from "#lib/pods/list.ts";
import type { PodSearch } from "#lib/routes.ts";
import { STANDING_WORDS } from "./pods-words.ts";

type PodFiltersProps = Readonly<{
  search: PodSearch;
  environments: readonly string[];
  onChange: (change: PodSearch) => void;
}>;

/** Which pods are shown, by environment, state and words. All of it stands in the URL. */
export function PodFilters({ search, environments, onChange }: PodFiltersProps): ReactNode {
  const chosen = POD_STANDINGS.find((standing) => standing === search.state);
  return (
    <FilterForm label="Which pods are shown" verb="Filter" onSubmit={(textOf) => onChange({ text: textOf("text") })}>
      <Select
        label="Where"
        value={search.environment}
        options={environments}
        onChange={(environment) => onChange({ environment })}
      />
      <Select
        label="State"
        value={chosen && STANDING_WORDS[chosen]}
        options={POD_STANDINGS.map((standing) => STANDING_WORDS[standing])}
        onChange={(words) => onChange({ state: POD_STANDINGS.find((standing) => STANDING_WORDS[standing] === words) })}
      />
      <Text name="text" label="Words" value={search.text} hint="a name, a node, a state" wide />
    </FilterForm>
  );
}
