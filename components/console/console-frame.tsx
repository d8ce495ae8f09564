"use client";

import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { type ReactNode, useMemo } from "react";
import { enterDemo, leave } from "#components/access/sign-in.ts";
import { SteppedUpBanner } from "#components/access/step-up.tsx";
import { usePerson, useRows, useSources, useStream } from "#components/live/live-provider.tsx";
import { findHits } from "#components/search/find-hits.ts";
import { type Account, AccountSwitcher } from "#components/shell/account-switcher.tsx";
import { Bar, type Crumb, Crumbs } from "#components/shell/bar.tsx";
import { CommandMenu } from "#components/shell/command-menu.tsx";
import { Freshness } from "#components/shell/freshness.tsx";
import { Navigation, type NavigationItem } from "#components/shell/navigation.tsx";
import { Shell } from "#components/shell/shell.tsx";
import { Button } from "#components/ui/button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { Person } from "#lib/access/model.ts";
import { may, rolesAnywhere } from "#lib/access/policy.ts";
import { isOpen, type RequestRow, titleOf } from "#lib/requests/model.ts";
import {
  AUDIT_PATH,
  OVERVIEW_PATH,
  PEOPLE_PATH,
  PODS_PATH,
  PROMOTIONS_PATH,
  promotePath,
  QUOTAS_PATH,
  RECONCILIATION_PATH,
  RECOVERY_PATH,
  REQUESTS_PATH,
  ROLLOUTS_PATH,
  requestPath,
  rollBackPath,
  SCHEDULES_PATH,
  TOPOLOGY_PATH,
} from "#lib/routes.ts";
import { CONFIGURATION_SOURCE, isFresh, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";

// What is not looked at is not loaded.
const GlassBanner = dynamic(() => import("#components/break-glass/glass-banner.tsx").then((file) => file.GlassBanner));
const ThemeSwitch = dynamic(() => import("#components/shell/theme-switch.tsx").then((file) => file.ThemeSwitch));

type ConsoleFrameProps = Readonly<{
  /** The accounts one may become; only the demo has any. */
  accounts: readonly Account[];
  children: ReactNode;
}>;

/** The frame around every page, with what is live in it: counts, freshness, who one is. */
export function ConsoleFrame({ accounts, children }: ConsoleFrameProps): ReactNode {
  const person = usePerson();
  const stream = useStream();
  const requests = useRows("request");
  const environments = useRows("environment");
  const sources = [...useSources().values()];
  const pathname = usePathname();
  const waiting = [...requests.values()].filter(isOpen).length;
  const commands = useMemo(
    () => [
      ...navigationItems(person, 0).map(({ href, label }) => ({ label, href, group: "Pages" })),
      ...[...environments.values()]
        .filter((environment) => environment.after !== null && environment.branch !== null)
        .flatMap((environment) => [
          { label: `Promote to ${environment.id}`, href: promotePath(environment.id), group: "Do" },
          { label: `Roll back ${environment.id}`, href: rollBackPath(environment.id), group: "Do" },
        ]),
      ...[...requests.values()].map((request) => ({
        label: titleOf(request),
        hint: `${request.requestedBy} · ${request.id}`,
        href: requestPath(request.id),
        group: "Requests",
      })),
    ],
    [person, environments, requests],
  );
  return (
    <Shell
      navigation={
        <Navigation
          items={navigationItems(person, waiting)}
          account={
            <AccountSwitcher
              current={{ account: person.account, roles: rolesAnywhere(person) }}
              accounts={accounts}
              onSwitch={become}
            >
              <ThemeSwitch />
              <Button variant="quiet" small onClick={leave}>
                Sign out
              </Button>
            </AccountSwitcher>
          }
        />
      }
      bar={
        <Bar
          where={<Crumbs crumbs={crumbsOf(pathname, requests)} />}
          find={<CommandMenu commands={commands} find={findHits} />}
          freshness={
            <Freshness
              stream={stream}
              sources={sources.map(({ id, message, ...source }) => ({
                ...source,
                name: sourceName(id),
                message: message ?? undefined,
              }))}
            />
          }
        />
      }
      banner={
        <>
          {useRows("breakGlass").size === 0 ? null : <GlassBanner />}
          <StaleBanner />
          <SteppedUpBanner />
        </>
      }
    >
      {children}
    </Shell>
  );
}

async function become(account: string): Promise<void> {
  await enterDemo(account);
  // Everything on the page, the stream included, was read as somebody else.
  window.location.reload();
}

function navigationItems(person: Person, waiting: number): NavigationItem[] {
  return [
    { href: OVERVIEW_PATH, label: "Overview", icon: "overview" },
    { href: TOPOLOGY_PATH, label: "Topology", icon: "topology" },
    { href: QUOTAS_PATH, label: "Quotas", icon: "quotas" },
    { href: ROLLOUTS_PATH, label: "Rollouts", icon: "rollouts" },
    { href: PROMOTIONS_PATH, label: "Promotions", icon: "promotions" },
    { href: SCHEDULES_PATH, label: "Scheduled work", icon: "schedules" },
    { href: RECONCILIATION_PATH, label: "Reconciliation", icon: "reconciliation" },
    { href: RECOVERY_PATH, label: "Recovery", icon: "recovery" },
    { href: REQUESTS_PATH, label: "Requests", icon: "requests", count: waiting },
    ...(may(person, "record.read").allowed
      ? ([
          { href: PEOPLE_PATH, label: "People", icon: "people" },
          { href: AUDIT_PATH, label: "Audit", icon: "audit" },
        ] as const)
      : []),
  ];
}

const PAGE_NAMES: Readonly<Record<string, string>> = {
  [OVERVIEW_PATH]: "Overview",
  [TOPOLOGY_PATH]: "Topology",
  [QUOTAS_PATH]: "Quotas",
  [ROLLOUTS_PATH]: "Rollouts",
  [PODS_PATH]: "Pods",
  [PROMOTIONS_PATH]: "Promotions",
  [SCHEDULES_PATH]: "Scheduled work",
  [RECONCILIATION_PATH]: "Reconciliation",
  [RECOVERY_PATH]: "Recovery",
  [REQUESTS_PATH]: "Requests",
  [PEOPLE_PATH]: "People",
  [AUDIT_PATH]: "Audit",
};

function crumbsOf(pathname: string, requests: ReadonlyMap<string, RequestRow>): Crumb[] {
  const page = PAGE_NAMES[pathname];
  if (page !== undefined) {
    return [{ label: page }];
  }
  if (!pathname.startsWith(`${REQUESTS_PATH}/`)) {
    return [{ label: "Not here" }];
  }
  const request = requests.get(pathname.slice(REQUESTS_PATH.length + 1));
  return [{ label: "Requests", href: REQUESTS_PATH }, { label: request === undefined ? "Request" : titleOf(request) }];
}

/** Says which source cannot be believed and since when, over every page. */
function StaleBanner(): ReactNode {
  const stream = useStream();
  const sources = [...useRows("source").values()].filter((source) => !isFresh(source));
  if (stream === "lost") {
    return (
      <Notice tone="look" banner>
        This page has lost its line to the console. What you see is the last that was known; nothing can be changed from
        here until the line is back, which is tried again by itself.
      </Notice>
    );
  }
  const configuration = sources.find(({ id }) => id === CONFIGURATION_SOURCE);
  const unseen = sources.filter(({ id }) => id !== CONFIGURATION_SOURCE);
  return (
    <>
      {unseen.length === 0 ? null : (
        <Notice tone="look" banner>
          {unseen.map(inWords).join(". ")}. What is shown from there is the last that was seen, and nothing is changed
          there until it answers.
        </Notice>
      )}
      {configuration === undefined ? null : (
        <Notice tone="look" banner>
          {inWords(configuration)}.
        </Notice>
      )}
    </>
  );
}

function inWords(source: SourceRow): string {
  return `${saySource(source, sourceName(source.id))}${source.message === null ? "" : ` (${source.message})`}`;
}
