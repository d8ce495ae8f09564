import { expect, type Page } from "@playwright/test";
import { password } from "#e2e/fixtures/provider.ts";

/** Types a login and a password at the identity provider. */
export async function typeAtProvider(page: Page, login: string, secret = password): Promise<void> {
  await expect(page.getByRole("heading", { name: "Who are you?" })).toBeVisible();
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Agrees that the console is told who one is. */
export async function agreeAtProvider(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Consent" })).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Signs in by the provider, from the console's own page to wherever that leads. */
export async function signInByProvider(page: Page, login: string): Promise<void> {
  await page.goto("/signin");
  await page.getByRole("button", { name: "Sign in with Example ID" }).click();
  await typeAtProvider(page, login);
  await agreeAtProvider(page);
}

/** Becomes a browser that nobody has signed in with. Leaves the page first: one that finds its session gone goes to the sign-in by itself. */
export async function forgetSession(page: Page): Promise<void> {
  await page.goto("about:blank");
  await page.context().clearCookies();
}
