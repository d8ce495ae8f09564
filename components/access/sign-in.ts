import { SIGN_IN_PATH } from "#lib/routes.ts";

/** Signing in and out at next-auth's routes, by the forms that its own pages post; see next-auth.js.org/getting-started/rest-api. */
async function postForm(path: string, fields: Readonly<Record<string, string>>): Promise<URL> {
  const answer = await fetch("/api/auth/csrf");
  const { csrfToken }: { csrfToken: string } = await answer.json();
  const response = await fetch(`/api/auth/${path}`, {
    method: "POST",
    body: new URLSearchParams({ callbackUrl: window.location.href, ...fields, csrfToken, json: "true" }),
  });
  // Refused by our own door there is no address but a problem document.
  const { url = `${SIGN_IN_PATH}?error=Refused` }: { url?: string } = await response.json();
  return new URL(url, window.location.href);
}

/** Signs in as one of the demo's accounts; answers with why not, as next-auth or our own check calls it. */
export async function enterDemo(account: string): Promise<string | undefined> {
  const url = await postForm("callback/demo", { account });
  return url.searchParams.get("error") ?? undefined;
}

/** Leaves the page for the identity provider, which sends back to `returnTo`. `asked` are parameters of its authorization endpoint. */
export async function enterByProvider(returnTo: string, asked: Readonly<Record<string, string>> = {}): Promise<void> {
  const url = await postForm(`signin/oidc?${new URLSearchParams(asked)}`, { callbackUrl: returnTo });
  window.location.assign(url);
}

/** Ends this browser's session and leaves the page. */
export async function leave(): Promise<void> {
  const url = await postForm("signout", { callbackUrl: SIGN_IN_PATH });
  window.location.assign(url);
}
