import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { currentSession, personOf, requestSource, type Session } from "#lib/access/session.ts";
import { recordRefusal, recordRefusedRead, type SensitiveRead } from "#lib/audit/refusals.ts";
import { within } from "./deadline.ts";
import { describeFailure, GatehouseError, httpStatusOf } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Runtime } from "./runtime.ts";
import { runtime as currentRuntime } from "./wiring.ts";

/** Twice as long as a Git host may take. */
const READ_MS = 60_000;
const READ_LATE = "The answer takes too long. Try again in a moment.";

/**
 * The one frame of every read over HTTP: who asks, the read, and for a failure a problem document (RFC 9457) in our words.
 * What somebody may not see is answered as if it were not there. A read that is no JSON answers with its own response. That
 * somebody was denied a `sensitive` one goes on record.
 */
export async function answer(
  read: (runtime: Runtime, person: Person, session: Session) => Promise<unknown>,
  sensitive?: SensitiveRead,
): Promise<Response> {
  const runtime = await currentRuntime();
  const source = await requestSource();
  let person: Person | undefined;
  try {
    await runtime.limiter.use("readFromSource", source);
    const session = await currentSession(runtime);
    person = session === undefined ? undefined : await personOf(runtime, session);
    if (session === undefined || person === undefined) {
      throw new GatehouseError("not_signed_in", "You are not signed in.");
    }
    await runtime.limiter.use("read", person.account);
    if (!may(person, "estate.read").allowed) {
      throw new GatehouseError("not_found", "There is nothing here for somebody without a role.");
    }
    const answered = await within(READ_MS, READ_LATE, read(runtime, person, session));
    return answered instanceof Response ? answered : Response.json(answered);
  } catch (failure) {
    const actor = person?.account ?? "nobody";
    if (sensitive !== undefined && failure instanceof GatehouseError) {
      await recordRefusedRead(runtime, sensitive, { actor, source }, failure);
    }
    return refusedRead(runtime, actor, failure);
  }
}

/** A read's failure as a problem document. Too many reads are on record, once a window. */
export async function refusedRead(runtime: Runtime, actor: string, failure: unknown): Promise<Response> {
  if (failure instanceof GatehouseError && failure.retry?.isFirst) {
    const { code, message } = failure;
    await recordRefusal(runtime, { actor, action: "read.called", target: "-", code, message, callId: newId("act") });
  }
  return problem(runtime, failure);
}

/** A failure as a problem document; `callId` is what the log and the record call it by. */
export function problem(runtime: Pick<Runtime, "log">, failure: unknown, callId = newId("act")): Response {
  const known =
    failure instanceof GatehouseError
      ? failure
      : new GatehouseError(
          "unexpected",
          `Something failed that Gatehouse did not expect. It is in the log as ${callId}.`,
        );
  if (known !== failure) {
    runtime.log.error({ callId, failure: describeFailure(failure) }, "a read failed");
  }
  const status = httpStatusOf(known.code);
  return Response.json(
    {
      type: "about:blank",
      title: known.code.replaceAll("_", " "),
      status,
      code: known.code,
      detail: known.message,
      callId,
    },
    {
      status,
      headers: {
        "Content-Type": "application/problem+json",
        ...(known.retry === undefined ? {} : { "Retry-After": String(known.retry.afterSeconds) }),
        // Only a page takes calls at all, and those are POSTs (RFC 9110, 15.5.6).
        ...(known.code === "wrong_method" ? { Allow: "GET, HEAD, POST" } : {}),
      },
    },
  );
}
