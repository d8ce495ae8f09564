"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { FilterForm } from "#components/ui/filters.tsx";
import { Select } from "#components/ui/select.tsx";
import { Text } from "#components/ui/text.tsx";
import { AUDIT_OUTCOMES, GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import type { AuditSearch } from "#lib/audit/schema.ts";
import { auditPath } from "./audit-words.ts";

type AuditSearchBarProps = Readonly<{
  search: AuditSearch;
  people: readonly string[];
  /** Environments, and platforms, which find all of theirs. */
  places: readonly string[];
}>;

const FIELDS = ["action", "request", "from", "to"] as const;

/** By whom, where, what, with which outcome, in which request and when. All of it stands in the URL. */
export function AuditSearchBar({ search, people, places }: AuditSearchBarProps): ReactNode {
  const router = useRouter();
  const go = (change: Readonly<Partial<Record<keyof AuditSearch, string | undefined>>>) =>
    router.push(auditPath({ ...search, before: undefined, row: undefined, ...change }), { scroll: false });
  return (
    <FilterForm
      label="Search the record"
      verb="Search"
      onSubmit={(textOf) => go(Object.fromEntries(FIELDS.map((name) => [name, textOf(name)])))}
    >
      <Select
        label="Who"
        value={search.actor}
        options={[...people, GATEHOUSE_ACTOR, "nobody"]}
        onChange={(actor) => go({ actor })}
      />
      <Select
        label="Where"
        value={search.environment}
        options={places}
        onChange={(environment) => go({ environment })}
      />
      <Select label="Outcome" value={search.outcome} options={AUDIT_OUTCOMES} onChange={(outcome) => go({ outcome })} />
      <Text name="action" label="What" value={search.action} hint="request.approved" />
      <Text name="request" label="Request" value={search.request} hint="req_…" />
      <Text name="from" label="From" value={search.from} hint="2026-11-21T09:00Z" />
      <Text name="to" label="To" value={search.to} hint="2026-11-21T17:00Z" />
    </FilterForm>
  );
}
