import { expect, type Locator, type Page } from "@playwright/test";

/** The frame around every page. */
export type ShellPage = Readonly<{
  navigation: Locator;
  /** The notice over every page: what cannot be believed, and since when. */
  banner: (words: RegExp) => Locator;
  open(page: string): Promise<void>;
  /** Becomes somebody else by the switcher at the foot of the navigation. */
  become(account: string): Promise<void>;
}>;

export function shellOf(page: Page): ShellPage {
  const navigation = page.getByRole("complementary", { name: "Navigation" });
  const switcher = navigation.locator("button[aria-expanded]");
  return {
    navigation,
    banner: (words) => page.getByRole("status").filter({ hasText: words }),
    async open(name) {
      await navigation.getByRole("link", { name }).click();
      await expect(navigation.getByRole("link", { name })).toHaveAttribute("aria-current", "page");
    },
    async become(account) {
      await switcher.click();
      const accounts = navigation.getByRole("region", { name: "Account" });
      await accounts.getByRole("button", { name: new RegExp(`^${account}\\b(?!-)`) }).click();
      await expect(switcher).toContainText(account);
      await expect(switcher).not.toContainText("signing in");
      await expect(switcher).toHaveAttribute("aria-expanded", "false");
    },
  };
}

/** Goes to a path, and comes back when the page hears what is pressed: before React has taken it over, a key is lost. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("button", { name: /^Connecting/ })).toBeHidden();
}

/** Signs in on the page where one says who one is. */
export async function signInOnPage(page: Page, account: string): Promise<void> {
  await page.goto("/");
  await expect(page).toHaveURL(/\/signin$/);
  await page.getByRole("button", { name: `Sign in as ${account}`, exact: true }).click();
  await expect(page).toHaveURL(/\/$/);
}
