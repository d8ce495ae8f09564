import "server-only";
import { digestOf } from "#lib/platform/digest.ts";
import type { Policy } from "#lib/policies/model.ts";
import { missingFrom } from "#lib/policies/policy.ts";
import { PolicyBody } from "#lib/policies/schema.ts";
import { approvalDigest, stepsDigest } from "./evidence.ts";
import type { Break } from "./model.ts";
import { BrokenPack } from "./pack-chain.ts";
import { checkGlasses, isOfGlass } from "./pack-glass.ts";
import type { PackHeading, PackLine, PackRequest } from "./schema.ts";

type PackEvent = Extract<PackLine, { kind: "event" }>;
type Told = Readonly<Pick<PackEvent, "seq" | "at" | "actor" | "action" | "target" | "outcome" | "detail">>;
/** Something that must be on record, and when it happened. */
type Owed = Readonly<{ at: string; what: string }>;

export type RequestCheck = Readonly<{
  event(event: PackEvent): void;
  request(request: PackRequest): void;
  /** `isToEnd`: whether the pack holds all rows up to the record's end. Answers how many requests it held. */
  end(isToEnd: boolean): number;
  /** What a whole pack does not prove of its requests. */
  remarks(): string[];
}>;

/** A row is written in the transaction of what it tells of, which lasts seconds; at a period's end it may lie beyond it. */
const MARGIN_MS = 60_000;

/**
 * Checks each request of a pack against its rows: that plan and policy are the ones their digests on record were made of, that
 * every approval, start and outcome stands on record and nothing else does, and that enough people agreed. What was owed a row
 * outside of the pack's period is not asked for. Throws BrokenPack at the first that does not hold.
 */
export function checkRequests(scope: PackHeading["scope"]): RequestCheck {
  const rows = new Map<string, Told[]>();
  const owed: (Owed & { id: string })[] = [];
  const closed = new Set<string>();
  const glasses = checkGlasses();
  let count = 0;
  return {
    event({ requestId, seq, at, actor, action, target, outcome, detail }) {
      if (isOfGlass({ action, outcome })) {
        glasses.event({ seq, at, actor, action, target, outcome, detail });
      }
      if (requestId === null || ("request" in scope && requestId !== scope.request)) {
        return;
      }
      if (closed.has(requestId)) {
        throw new BrokenPack(`request ${requestId} has a row after its end in the pack`, rowAt({ seq }, "comes late"));
      }
      const told = { seq, at, actor, action, target, outcome, detail };
      rows.set(requestId, [...(rows.get(requestId) ?? []), told]);
    },
    request(request) {
      const ofRequest = rows.get(request.id) ?? [];
      rows.delete(request.id);
      closed.add(request.id);
      count += 1;
      owed.push(...checkRequest(request, ofRequest).map((one) => ({ ...one, id: request.id })));
      glasses.request(request);
    },
    end(isToEnd) {
      const [orphan] = rows;
      if (orphan !== undefined) {
        const [id, [first]] = orphan;
        throw new BrokenPack(`request ${id} is on record and not in the pack`, first && rowAt(first, "names it"));
      }
      owed.push(...glasses.end());
      const missing = owed.find((one) => isOwedHere(one.at, scope, isToEnd));
      if (missing !== undefined) {
        throw new BrokenPack(`request ${missing.id}: ${missing.what} is not on record`);
      }
      if ("request" in scope && !closed.has(scope.request)) {
        throw new BrokenPack(`request ${scope.request} is not in the pack`);
      }
      return count;
    },
    remarks: () => glasses.remarks(scope),
  };
}

function isOwedHere(time: string, scope: PackHeading["scope"], isToEnd: boolean): boolean {
  if ("request" in scope) {
    return true;
  }
  return time >= scope.from && (isToEnd || Date.parse(time) < Date.parse(scope.to) - MARGIN_MS);
}

/** Throws where a row and the request contradict each other; answers what has no row. Refused calls change nothing. */
function checkRequest(request: PackRequest, all: readonly Told[]): Owed[] {
  const rows = all.filter(({ outcome }) => outcome !== "refused");
  if (digestOf(request.plan) !== request.digest) {
    throw wrong(request, rows[0], "its plan is not the one that its digest was made of");
  }
  for (const row of all) {
    expectSame(request, row, "digest", row.detail.digest ?? request.digest, request.digest);
    expectSame(request, row, "environment", row.target, request.environment);
  }
  if (!request.environment.startsWith(`${request.platform}/`)) {
    throw wrong(request, rows[0], "its platform is not the one on record");
  }
  if (request.state === "waiting" && request.operation !== null) {
    throw wrong(request, rows[0], "it waits and has an operation");
  }
  const owed = [
    ...checkAsked(request, rows),
    ...checkWords(request, rows),
    ...checkOperation(request, rows),
    ...checkEnd(request, rows),
  ];
  if (request.state === "approved") {
    expectAgreed(request);
  }
  return owed;
}

function checkAsked(request: PackRequest, rows: readonly Told[]): Owed[] {
  const action = `${request.action}.requested`;
  const asked = rows.find((row) => row.action === action);
  if (asked === undefined) {
    return [{ at: request.createdAt, what: "that it was asked for" }];
  }
  if (asked !== rows[0]) {
    throw wrong(request, rows[0], "a row of it comes before it was asked for");
  }
  expectSame(request, asked, "requester", asked.actor, request.requestedBy);
  expectSame(request, asked, "reason", asked.detail.reason, request.reason);
  expectSame(request, asked, "ticket", asked.detail.ticket ?? null, request.ticket);
  expectSame(request, asked, "time to start", asked.detail.runAt ?? null, request.runAt);
  expectNear(request, asked, request.createdAt);
  expectSame(request, asked, "policy", asked.detail.policy, digestOf(request.policy));
  expectSame(request, asked, "broken glass", asked.detail.breakGlass ?? null, request.breakGlass?.id ?? null);
  return [];
}

/** Each word that somebody gave has its row, and each such row its word. */
function checkWords(request: PackRequest, rows: readonly Told[]): Owed[] {
  const missing: Owed[] = [];
  const given = rows.filter(({ action }) => action === "request.approved" || action === "request.rejected");
  for (const word of request.approvals) {
    const action = word.decision === "approve" ? "request.approved" : "request.rejected";
    const row = given.find((one) => one.action === action && one.actor === word.account);
    if (word.digest !== request.digest) {
      throw wrong(request, row, `${word.account} agreed to another digest`);
    }
    if (row === undefined) {
      missing.push({ at: word.at, what: `${word.account}'s word` });
    } else {
      expectSame(request, row, "word", row.detail.word, approvalDigest(word));
      expectNear(request, row, word.at);
    }
  }
  const unknown = given.find(({ actor }) => request.approvals.every(({ account }) => account !== actor));
  if (unknown !== undefined) {
    throw wrong(request, unknown, `${unknown.actor}'s word is not among its approvals`);
  }
  return missing;
}

function checkOperation(request: PackRequest, rows: readonly Told[]): Owed[] {
  const { operation } = request;
  const started = rows.find(({ action }) => action === `${request.action}.started`);
  const ended = rows.find(({ action }) => ENDS.some((end) => action === `${request.action}.${end}`));
  if (operation === null) {
    if (started !== undefined || ended !== undefined) {
      throw wrong(request, started ?? ended, "its operation is not in the pack");
    }
    return [];
  }
  const missing: Owed[] = [];
  if (started === undefined) {
    missing.push({ at: operation.startedAt, what: "its start" });
  } else {
    expectSame(request, started, "operation", started.detail.operation, operation.id);
    expectNear(request, started, operation.startedAt);
  }
  if (ended === undefined) {
    return operation.endedAt === null ? missing : [...missing, { at: operation.endedAt, what: "its outcome" }];
  }
  if (started !== undefined && started.seq > ended.seq) {
    throw wrong(request, ended, "it ended before it started");
  }
  expectSame(request, ended, "operation", ended.detail.operation, operation.id);
  expectSame(request, ended, "end", ended.action === `${request.action}.succeeded`, operation.state === "succeeded");
  expectSame(request, ended, "outcome", ended.detail.outcome ?? operation.outcome, operation.outcome);
  expectNear(request, ended, operation.endedAt);
  expectSame(request, ended, "steps", ended.detail.steps, stepsDigest(operation.steps));
  return missing;
}

const ENDS = ["succeeded", "failed", "voided"];

/** What its policy asked for, of the people as they stood then. Alone under broken glass nobody else had to. */
function expectAgreed(request: PackRequest): void {
  const policy = policyOf(request);
  const agreed = request.approvals.filter(({ decision }) => decision === "approve");
  if (request.breakGlass === null && missingFrom(policy, agreed).length > 0) {
    throw wrong(request, undefined, "it was approved without all whose agreement its policy asks for");
  }
  if (policy.exclude.includes("requester") && agreed.some(({ account }) => account === request.requestedBy)) {
    throw wrong(request, undefined, "whoever asked for it has approved it");
  }
}

function policyOf(request: PackRequest): Policy {
  const policy = PolicyBody.safeParse(request.policy).data;
  if (policy === undefined) {
    throw wrong(request, undefined, "its policy is not one");
  }
  return policy;
}

/** The states that somebody or something brought about have their rows, and a row that brought one about has its state. */
function checkEnd(request: PackRequest, rows: readonly Told[]): Owed[] {
  const ends: Readonly<Record<string, PackRequest["state"]>> = {
    "request.rejected": "rejected",
    "request.withdrawn": "withdrawn",
    "request.voided": "void",
    [`${request.action}.voided`]: "void",
  };
  const row = rows.find(({ action }) => ends[action] !== undefined);
  if (row !== undefined) {
    expectSame(request, row, "state", ends[row.action], request.state);
  }
  if (request.state === "waiting" || request.state === "approved") {
    return [];
  }
  if (row === undefined) {
    return [{ at: request.decidedAt ?? request.createdAt, what: `that it is ${request.state}` }];
  }
  expectSame(request, row, "end", wordsOf(row), request.stateReason);
  return [];
}

/** Why a request ended undone, as the request itself says it. */
function wordsOf({ action, actor, detail }: Told): unknown {
  if (action === "request.rejected") {
    return `rejected by ${actor}: ${detail.reason}`;
  }
  return action === "request.withdrawn" ? `withdrawn by ${actor}` : (detail.because ?? detail.outcome);
}

function expectNear(request: PackRequest, row: Told, time: string | null): void {
  const distance = Math.abs(Date.parse(row.at) - Date.parse(time ?? ""));
  expectSame(request, row, "time", distance < MARGIN_MS, true);
}

function expectSame(request: PackRequest, row: Told, what: string, onRecord: unknown, held: unknown): void {
  if (onRecord !== held) {
    throw wrong(request, row, `its ${what} is not the one on record`);
  }
}

function wrong({ id }: PackRequest, row: Told | undefined, what: string): BrokenPack {
  return new BrokenPack(`request ${id}: ${what}`, row && rowAt(row, what));
}

function rowAt({ seq }: Pick<Told, "seq">, what: string): Break {
  return { from: seq, to: seq, what };
}
