import { listWords, sentenceOf } from "#components/requests/request-words.ts";
import type { Accent } from "#components/ui/tone.ts";
import type { Reach } from "#lib/access/model.ts";
import type { AuditOutcome } from "#lib/audit/model.ts";
import type { AuditSearch } from "#lib/audit/schema.ts";
import type { ApprovalRow, RequestRow } from "#lib/requests/model.ts";
import { AUDIT_PATH } from "#lib/routes.ts";

export const OUTCOME_TONE: Readonly<Record<AuditOutcome, Accent>> = {
  accepted: "accent",
  refused: "look",
  done: "fine",
  failed: "broken",
  void: "unknown",
};

type Detail = Readonly<Record<string, string | number | null>>;

/** What a row is read for first, by its importance: why it was refused, what came of it, why somebody wanted it. */
const SAID = ["because", "outcome", "reason"];
/** `allowed` is what rows had before every one had its decision. */
const FACT_ORDER = [
  "decision",
  "allowed",
  "revision",
  "reverts",
  "from",
  "onto",
  "operation",
  "supersededBy",
  "code",
  "call",
];
/** Shown elsewhere at length, or made for verifying alone. */
const LEFT_OUT = ["digest", "word", "steps", "policy"];

/** What a row says in a sentence; undefined where it has none. */
export function saidIn(detail: Detail): string | undefined {
  const name = SAID.find((one) => typeof detail[one] === "string" && detail[one] !== "");
  return name === undefined ? undefined : String(detail[name]);
}

/** A row's other facts, in the order in which one wants to read them. */
export function factsIn(detail: Detail): { name: string; value: string }[] {
  const said = saidIn(detail);
  return Object.entries(detail)
    .filter(([name, value]) => value !== null && !LEFT_OUT.includes(name) && !(SAID.includes(name) && value === said))
    .filter(([name, value]) => name !== "decision" || !saysAgain(String(value), said))
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, value]) => ({ name: nameOf(name), value: shorten(String(value)) }));
}

/** A refusal is said first already, and its decision says the same. */
function saysAgain(decision: string, said: string | undefined): boolean {
  return said !== undefined && decision.toLowerCase().endsWith(`because ${said.toLowerCase().replace(/\.$/, "")}`);
}

function rank(name: string): number {
  const position = FACT_ORDER.indexOf(name);
  return position === -1 ? FACT_ORDER.length : position;
}

/** A field's name as words: "supersededBy" is "superseded by". */
function nameOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shorten(value: string): string {
  return /^[0-9a-f]{40,64}$/.test(value) ? value.slice(0, 8) : value.replace(/^You may: /, "");
}

/** Somebody's word on a request with what they stood for: "operator-2 approved as operator: looks right". */
export function wordOf({ account, decision, roles, comment }: ApprovalRow): string {
  const standing = roles.length === 0 ? "" : ` as ${listWords(roles)}`;
  return `${account} ${decision === "approve" ? "approved" : "rejected"}${standing}${comment === null ? "" : `: ${comment}`}`;
}

/** What came of a request in a sentence; undefined while nothing has. */
export function cameOf({ operation, stateReason }: Pick<RequestRow, "operation" | "stateReason">): string | undefined {
  const said = operation?.outcome ?? stateReason;
  return said === null ? undefined : sentenceOf(said.charAt(0).toUpperCase() + said.slice(1));
}

/** Which part of the record somebody reads, where it is not all of it. */
export function readWords(reach: Reach): string {
  return reach === "everywhere"
    ? ""
    : `You see the rows of ${listWords(reach.map((pattern) => pattern.replace("/*", "")))}; those of other environments, and of sign-ins and settings, are for whoever reads all of it.`;
}

/** The record's page with a search in its URL. */
export function auditPath(search: Readonly<Partial<Record<keyof AuditSearch, string | number | undefined>>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return query.size === 0 ? AUDIT_PATH : `${AUDIT_PATH}?${query}`;
}
