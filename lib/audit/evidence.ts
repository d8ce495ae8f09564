import "server-only";
import { digestOf } from "#lib/platform/digest.ts";

/** SHA-256 of somebody's word on a request, with what they stood for at that moment. It goes on record with the word. */
export function approvalDigest(
  word: Readonly<{
    account: string;
    decision: string;
    digest: string;
    comment: string | null;
    roles: readonly string[];
    groups: readonly string[];
  }>,
): string {
  const { account, decision, digest, comment, roles, groups } = word;
  return digestOf({ account, decision, digest, comment, roles, groups });
}

/** SHA-256 of an operation's steps as they went. It goes on record with the outcome. Times are ISO 8601 in UTC. */
export function stepsDigest(
  steps: readonly Readonly<{
    name: string;
    state: string;
    startedAt: string | null;
    endedAt: string | null;
    detail: unknown;
  }>[],
): string {
  return digestOf(
    steps.map(({ name, state, startedAt, endedAt, detail }) => ({ name, state, startedAt, endedAt, detail })),
  );
}
