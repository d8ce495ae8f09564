import { expect, type Locator, type Page } from "@playwright/test";

/** `/requests/<id>`: what is asked for, who must agree, how far it has come. */
export type RequestPage = Readonly<{
  approve: Locator;
  reject: Locator;
  withdraw: Locator;
  rejection: Readonly<{ sheet: Locator; why: Locator; confirm: Locator }>;
  /** A step of its way, by name. */
  step: (name: string) => Locator;
  rollout: Locator;
  main: Locator;
  /** Takes the operation over by one of the buttons for it, with the dialog's words and the button that does it. */
  takeOver: (button: string, confirmation: string, why: string) => Promise<void>;
  /** The id, out of the address. */
  id(): string;
}>;

export function requestOf(page: Page): RequestPage {
  const main = page.getByRole("main");
  const sheet = page.getByRole("dialog", { name: "Reject this request" });
  return {
    main,
    approve: main.getByRole("button", { name: "Approve", exact: true }),
    reject: main.getByRole("button", { name: "Reject", exact: true }),
    withdraw: main.getByRole("button", { name: "Withdraw", exact: true }),
    rejection: {
      sheet,
      why: sheet.getByLabel("Why", { exact: true }),
      confirm: sheet.getByRole("button", { name: "Reject the request" }),
    },
    step: (name) =>
      main.getByRole("list", { name: "The way of this request" }).getByRole("listitem").filter({ hasText: name }),
    rollout: main.getByRole("region", { name: "Rollout", exact: true }),
    async takeOver(button, confirmation, why) {
      await main.getByRole("button", { name: button, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Why", { exact: true }).fill(why);
      await dialog.getByRole("button", { name: confirmation, exact: true }).click();
      await expect(dialog).toHaveCount(0);
    },
    id: () => /\/requests\/(req_[0-9a-f]+)$/.exec(page.url())?.[1] ?? "",
  };
}

/** Waits for a request's page and returns its id. */
export async function atRequest(page: Page): Promise<string> {
  await expect(page).toHaveURL(/\/requests\/req_[0-9a-f]+$/);
  return requestOf(page).id();
}

/** Asserts that a control is shown, does nothing, and says why. */
export async function expectBlocked(control: Locator, because: RegExp): Promise<void> {
  await expect(control).toBeVisible();
  await expect(control).toHaveAttribute("aria-disabled", "true");
  await expect(control).toHaveAccessibleDescription(because);
}
