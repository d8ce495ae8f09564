import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { AuditView } from "#components/audit/audit-view.tsx";
import { auditPath } from "#components/audit/audit-words.ts";
import { Lead } from "#components/ui/lead.tsx";
import { pageVisitor, recordRefusedPage } from "#lib/access/page.ts";
import { may } from "#lib/access/policy.ts";
import { readNames } from "#lib/access/queries.ts";
import { readAudit } from "#lib/audit/queries.ts";
import { AuditSearch } from "#lib/audit/schema.ts";
import type { PageQuery } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Audit" };

export default async function AuditPage({ searchParams }: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    await recordRefusedPage(runtime, person, { action: "record.read", target: "record" }, decision.because);
    return (
      <Lead title="You may not read the record.">
        {decision.because} What happened to a single request stands on that request's own page.
      </Lead>
    );
  }
  const search = AuditSearch.safeParse(await searchParams);
  const filter = search.success ? search.data : {};
  const issue = search.success ? undefined : search.error.issues[0];
  const { items, standing } = await readAudit(runtime, person, filter);
  const oldest = items.at(-1);
  if (filter.row !== undefined && filter.before === undefined && oldest !== undefined && filter.row < oldest.seq) {
    redirect(auditPath({ ...filter, before: filter.row + 1 }));
  }
  return (
    <AuditView
      rows={items}
      standing={standing}
      search={filter}
      wrong={issue === undefined ? undefined : `${issue.path.join(".")}: ${issue.message}`}
      people={await readNames(runtime, person)}
    />
  );
}
