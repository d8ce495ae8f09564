import type { ReactNode } from "react";
import { utcMoment } from "#components/ui/clock-words.ts";
import { Notice } from "#components/ui/notice.tsx";
import type { Planted, RecordStanding, Verified } from "#lib/audit/model.ts";

/** Whether the record is as it was written, as far as the last checkpoint tells, and what somebody put among the checkpoints. */
export function AuditStanding({ standing }: Readonly<{ standing: RecordStanding }>): ReactNode {
  return (
    <>
      <StandingNotice standing={standing} />
      {"planted" in standing && standing.planted.length > 0 ? <PlantedNotice planted={standing.planted} /> : null}
    </>
  );
}

const PLANTED_SHOWN = 3;

function PlantedNotice({ planted }: Readonly<{ planted: readonly Planted[] }>): ReactNode {
  const more = planted.length - PLANTED_SHOWN;
  return (
    <Notice tone="look">
      <strong>Somebody put something among the checkpoints that no key of ours signed.</strong> It counts for nothing
      and stops nothing; look into who can write there:{" "}
      {planted
        .slice(0, PLANTED_SHOWN)
        .map(({ where, what }) => `${where} ${what}`)
        .join("; ")}
      {more > 0 ? `; and ${more} more` : ""}. Where it is an earlier key of yours, name its public key under record,
      earlierKeys, in gatehouse.yaml.
    </Notice>
  );
}

/** What was verified, and when. */
function verifiedWords(verified: Verified | undefined): string {
  if (verified === undefined) {
    return "Whether all rows are as they were written is not known yet: this console has not been through them since it started.";
  }
  const at = utcMoment(new Date(verified.at));
  return verified.to === 0
    ? `There was no row yet when this console last went through all of them, at ${at}.`
    : `Rows 1–${verified.to} verified at ${at}, each against the one before it.`;
}

function StandingNotice({ standing }: Readonly<{ standing: RecordStanding }>): ReactNode {
  switch (standing.state) {
    case "broken":
      return (
        <Notice tone="broken">
          <strong>The record is not as it was written: {standing.broken.what}.</strong> Found{" "}
          {utcMoment(new Date(standing.since))}. Nothing is signed until somebody has looked into it; an export and its
          verification say the same to an examiner.
        </Notice>
      );
    case "without-checkpoints":
      return (
        <Notice tone="look">
          <strong>No checkpoints: a cut tail would not be found.</strong> Name a key and a place off the database under
          record in gatehouse.yaml. {verifiedWords(standing.verified)}
        </Notice>
      );
    case "unknown":
      return <Notice tone="unknown">Whether the record is whole is not known yet: no checkpoint has been read.</Notice>;
    case "whole":
      return (
        <Notice tone={standing.unreached.length > 0 ? "look" : "info"}>
          {verifiedWords(standing.verified)} The last checkpoint is of row {standing.seq}, signed{" "}
          {utcMoment(new Date(standing.at))} with the key{" "}
          <code title={standing.keyId}>{standing.keyId.slice(0, 12)}</code>; the rows since the one before it were
          verified then.
          {standing.unreached.length > 0 ? ` The checkpoint did not reach ${standing.unreached.join(", ")}.` : null}
        </Notice>
      );
  }
}
