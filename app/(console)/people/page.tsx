import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PeopleView } from "#components/people/people-view.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { pageVisitor, recordRefusedPage } from "#lib/access/page.ts";
import { may } from "#lib/access/policy.ts";
import { readPeople } from "#lib/access/queries.ts";
import { endSessionsAction } from "./actions.ts";

export const metadata: Metadata = { title: "People" };

export default async function PeoplePage(): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    await recordRefusedPage(runtime, person, { action: "people.read", target: "people" }, decision.because);
    return <Lead title="You may not see who has signed in.">{decision.because}</Lead>;
  }
  return <PeopleView people={await readPeople(runtime, person)} endSessions={endSessionsAction} />;
}
