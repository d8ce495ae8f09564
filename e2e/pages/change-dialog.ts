import type { Locator, Page } from "@playwright/test";

/** The sheet in which a change is looked at before anyone asks for it. */
export type ChangeDialog = Readonly<{
  sheet: Locator;
  why: Locator;
  /** The line of a service that is touched. */
  service: (name: string) => Locator;
  commits: Locator;
  lost: Locator;
  differences: Locator;
  room: Locator;
  evidence: Locator;
  /** There while what would change is no longer what is shown. */
  showNow: Locator;
  /** The button that does it: `Promote`, `Roll back` or `Restart`. */
  confirm: Locator;
}>;

export function changeDialogOf(page: Page, verb: "Promote" | "Roll back" | "Restart"): ChangeDialog {
  const sheet = page.getByRole("dialog", { name: new RegExp(`^${verb} `) });
  return {
    sheet,
    why: sheet.getByLabel("Why", { exact: true }),
    service: (name) =>
      sheet.getByRole("table", { name: "Services touched" }).getByRole("row").filter({ hasText: name }),
    commits: sheet.getByRole("table", { name: "Commits" }),
    lost: sheet.getByRole("table", { name: "What is lost" }),
    differences: sheet.getByRole("region", { name: "Manifest differences" }),
    room: sheet.getByRole("region", { name: "Room for the surge" }),
    evidence: sheet.getByRole("list", { name: "Evidence" }),
    showNow: sheet.getByRole("button", { name: "Show what would change now" }),
    confirm: sheet.getByRole("button", { name: verb, exact: true }),
  };
}
