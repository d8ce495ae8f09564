import { expect, test } from "vitest";
import { parseEstate } from "#lib/estate/load.ts";
import { checkPolicies } from "./policy-check.ts";

const ACCOUNTS = `
    - { account: dev, groups: [builders] }
    - { account: op, groups: [platform] }`;
const OIDC = "{ issuer: 'https://id.example', clientId: gatehouse, clientSecret: not-a-real-one, name: Example }";

type Access = { accounts?: string; oidc?: string; agree?: string; ask?: string };

function check({ accounts = "[]", oidc, agree = "[{ role: operator }]", ask = "[developer]" }: Access) {
  const text = `
version: 1
clusters: [{ id: gravv, kubeconfig: kubeconfig.yaml }]
platforms:
  - id: gravv
    name: Gravv
    environments:
      - { id: sandbox, tier: sandbox, cluster: gravv, namespaces: [gravv-sandbox] }
      - { id: live, tier: live, cluster: gravv, namespaces: [gravv-live] }
access:
  accounts: ${accounts}
  ${oidc === undefined ? "" : `oidc: ${oidc}`}
  grants:
    - { role: developer, groups: [builders] }
    - { role: operator, groups: [platform] }
    - { role: risk, groups: [risk], environments: [gravv/sandbox] }
policies:
  - { action: promotion, environments: [gravv/live], ask: ${ask}, agree: ${agree}, stepUp: false }
breakGlass:
  - { environments: [gravv/live], who: [operator], review: [operator] }
`;
  return checkPolicies(parseEstate(text, "gatehouse.yaml", () => undefined));
}

test("every environment has a line an action and one of its break-glass, in sentences", () => {
  const { lines } = check({ accounts: ACCOUNTS });
  expect(lines.filter((line) => line.includes("gravv/sandbox"))).toEqual([
    "  gravv/sandbox  promotion: no policy, so nobody may.",
    "  gravv/sandbox  rollback: no policy, so nobody may.",
    "  gravv/sandbox  restart: no policy, so nobody may.",
    "  gravv/sandbox  break-glass: not possible.",
  ]);
  expect(lines.filter((line) => line.includes("gravv/live"))).toEqual([
    expect.stringMatching(
      /^ {2}gravv\/live {2}promotion: Developer may ask for a promotion\. 1 of operators must agree/,
    ),
    "  gravv/live  rollback: no policy, so nobody may.",
    "  gravv/live  restart: no policy, so nobody may.",
    expect.stringMatching(/^ {2}gravv\/live {2}break-glass: Operator may act alone for 1 h/),
  ]);
});

test("where all accounts are in the file, what their memberships cannot satisfy is named with its place", () => {
  expect(check({ accounts: ACCOUNTS }).contradictions).toEqual([]);
  expect(check({ accounts: ACCOUNTS, agree: "[{ role: operator, count: 2 }]" }).contradictions).toEqual([
    "gravv/live  promotion: Nobody could ever approve it: 1 of operators is missing in gravv/live.",
  ]);
});

test("with an identity provider a role that no grant gives there can neither agree nor ask, whoever signs in", () => {
  expect(check({ oidc: OIDC, agree: "[{ role: operator }, { role: risk, count: 2 }]" }).contradictions).toEqual([
    "gravv/live  promotion: Nobody could ever approve it: no grant gives the role risk in gravv/live, and 2 of risk must agree.",
  ]);
  expect(check({ oidc: OIDC, ask: "[risk, auditor]" }).contradictions).toEqual([
    "gravv/live  promotion: No grant gives risk or auditor in gravv/live, so nobody can ask.",
  ]);
  expect(check({ oidc: OIDC, agree: "[{ group: anybody-at-the-provider, count: 3 }]" }).contradictions).toEqual([]);
});

test("accounts in the file beside an identity provider are not taken for everybody", () => {
  const agree = "[{ role: operator, count: 2 }]";
  expect(check({ accounts: ACCOUNTS, oidc: OIDC, agree }).contradictions).toEqual([]);
});
