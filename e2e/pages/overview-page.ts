import type { Locator, Page } from "@playwright/test";

/** `/`: what needs a human, and what runs where. */
export type OverviewPage = Readonly<{
  lead: Locator;
  waiting: Locator;
  promote: Locator;
  rollBack: Locator;
  /** The line of a service in the matrix. */
  service: (name: string) => Locator;
  /** The first panel's title, whichever it is. */
  firstPanelTitle: Locator;
}>;

export function overviewOf(page: Page): OverviewPage {
  const main = page.getByRole("main");
  return {
    lead: main.locator("header").first(),
    waiting: main.getByRole("list", { name: "Requests that wait or are under way" }),
    promote: main.getByRole("button", { name: "Promote", exact: true }),
    rollBack: main.getByRole("button", { name: "Roll back", exact: true }),
    service: (name) => main.locator(`tr[data-service="${name}"]`),
    firstPanelTitle: main.getByRole("heading", { level: 2 }).first(),
  };
}
