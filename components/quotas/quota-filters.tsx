"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
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
    <fieldset
      aria-label="Which quotas are shown"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-3.5 py-2.5 max-phone:flex-col max-phone:items-stretch"
    >
      <Select
        label="Where"
        value={search.environment}
        options={environments}
        onChange={(environment) => go({ environment })}
      />
      {resources === undefined ? null : (
        <Select label="What" value={search.resource} options={resources} onChange={(resource) => go({ resource })} />
      )}
    </fieldset>
  );
}
