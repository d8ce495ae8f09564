import "server-only";
import { GLASS_ACTIONS } from "./model.ts";
import { BrokenPack } from "./pack-chain.ts";
import type { PackHeading, PackLine, PackRequest } from "./schema.ts";

type PackEvent = Extract<PackLine, { kind: "event" }>;
type Told = Readonly<Pick<PackEvent, "seq" | "at" | "actor" | "action" | "target" | "outcome" | "detail">>;
type Glass = NonNullable<PackRequest["breakGlass"]>;
type OfRequest = Readonly<{ id: string; environment: string; createdAt: string; requestedBy: string; glass: Glass }>;

/** A row is written in the transaction of what it tells of. */
const MARGIN_MS = 60_000;

/** Whether a row tells what became of a broken glass; a call that was refused changed nothing. */
export function isOfGlass({ action, outcome }: Readonly<{ action: string; outcome: string }>): boolean {
  return GLASS_ACTIONS.some((one) => one === action) && outcome !== "refused";
}

export type GlassCheck = Readonly<{
  event(event: Told): void;
  request(request: PackRequest): void;
  /** Throws BrokenPack where a glass and its rows contradict each other; answers what has no row. */
  end(): Readonly<{ id: string; at: string; what: string }>[];
  /** The glasses of which a period's pack does not hold the rows, for they lie outside of it. */
  remarks(scope: PackHeading["scope"]): string[];
}>;

/** Checks what a pack's requests say of the broken glass under which they were made: who, why, who was told, its end and its review. */
export function checkGlasses(): GlassCheck {
  const rows = new Map<unknown, Told[]>();
  const requests: OfRequest[] = [];
  return {
    event(event) {
      const { breakGlass } = event.detail;
      rows.set(breakGlass, [...(rows.get(breakGlass) ?? []), event]);
    },
    request({ id, environment, createdAt, requestedBy, breakGlass }) {
      if (breakGlass !== null) {
        requests.push({ id, environment, createdAt, requestedBy, glass: breakGlass });
      }
    },
    end: () => requests.flatMap((request) => checkGlass(request, rows.get(request.glass.id) ?? [])),
    remarks(scope) {
      return "request" in scope
        ? []
        : requests
            .filter(({ glass }) => !(rows.get(glass.id) ?? []).some(({ action }) => action === "break-glass.opened"))
            .map(
              ({ id }) =>
                `what request ${id} says of its broken glass is not proven here, for the glass was broken before the period; the request's own pack proves it`,
            );
    },
  };
}

function checkGlass(request: OfRequest, rows: readonly Told[]) {
  const { glass, environment } = request;
  const rowOf = (action: string) => rows.find((row) => row.action === action);
  const [opened, closed, reviewed] = [
    rowOf("break-glass.opened"),
    rowOf("break-glass.closed"),
    rowOf("break-glass.reviewed"),
  ];
  for (const row of rows) {
    expectSame(request, row, "environment", row.target, environment);
  }
  const madeAt = Date.parse(request.createdAt);
  const isWithin = madeAt > Date.parse(glass.openedAt) - MARGIN_MS && madeAt < Date.parse(glass.endsAt) + MARGIN_MS;
  if (glass.account !== request.requestedBy || !isWithin) {
    throw wrong(request, opened, "it was not made by whoever broke the glass while it was broken");
  }
  if (opened !== undefined) {
    expectSame(request, opened, "account", opened.actor, glass.account);
    expectSame(request, opened, "reason", opened.detail.reason, glass.reason);
    expectSame(request, opened, "list of those told", opened.detail.told, glass.told.join(", "));
    expectSame(request, opened, "time", isNear(opened, glass.openedAt), true);
    const minutes = Math.round((Date.parse(glass.endsAt) - Date.parse(glass.openedAt)) / 60_000);
    expectSame(request, opened, "duration", opened.detail.minutes, minutes);
  }
  if (closed !== undefined) {
    expectSame(request, closed, "end", closed.actor, glass.closedBy);
    expectSame(request, closed, "end", isNear(closed, glass.closedAt), true);
  }
  if (reviewed !== undefined) {
    expectSame(request, reviewed, "review", reviewed.actor, glass.reviewedBy);
    expectSame(request, reviewed, "review", reviewed.detail.review, glass.review);
    expectSame(request, reviewed, "review", isNear(reviewed, glass.reviewedAt), true);
  }
  return [
    ...missing(request, opened, glass.openedAt, "that its glass was broken"),
    ...missing(request, closed, glass.closedAt, "that its glass was closed"),
    ...missing(
      request,
      reviewed,
      glass.reviewedAt ?? (glass.review === null ? null : glass.endsAt),
      "its glass's review",
    ),
  ];
}

function missing({ id }: OfRequest, row: Told | undefined, at: string | null, what: string) {
  return row === undefined && at !== null ? [{ id, at, what }] : [];
}

function isNear(row: Told, time: string | null): boolean {
  return Math.abs(Date.parse(row.at) - Date.parse(time ?? "")) < MARGIN_MS;
}

function expectSame(request: OfRequest, row: Told, what: string, onRecord: unknown, held: unknown): void {
  if (onRecord !== held) {
    throw wrong(request, row, `its broken glass's ${what} is not the one on record`);
  }
}

function wrong({ id }: OfRequest, row: Told | undefined, what: string): BrokenPack {
  return new BrokenPack(`request ${id}: ${what}`, row && { from: row.seq, to: row.seq, what });
}
