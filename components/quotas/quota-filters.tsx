"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { Filters } from "#components/ui/filters.tsx";
import { Select } from "#components/ui/select.tsx";
import { type QuotaSearch, quotasPath } from "#lib/routes.ts";

type QuotaFiltersProps = Readonly<{
  search: QuotaSearch;
  environments: readonly string[];
  /** Undefined where resources are not told apart. */
  resources?: readonly string[] | undefined;
}>;

/** Which quotas are shown, by environment and resource. Both stand in the URL. */
export function QuotaFilters({ search, environments, resources }: QuotaFiltersProps): ReactNode {
  const router = useRouter();
  const go = (change: QuotaSearch) => router.push(quotasPath({ ...search, ...change }), { scroll: false });
  return (
    <Filters label="Which quotas are shown">
      <Select
        label="Where"
        value={search.environment}
        options={environments}
        onChange={(environment) => go({ environment })}
      />
      {resources === undefined ? null : (
        <Select label="What" value={search.resource} options={resources} onChange={(resource) => go({ resource })} />
      )}
    </Filters>
  );
}
