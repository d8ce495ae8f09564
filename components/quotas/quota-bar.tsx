import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { fillOfTone } from "#components/ui/tone.ts";
import { QUOTA_MARKS, type QuotaRow, quantityToNumber, quotaUse } from "#lib/quotas/model.ts";
import { leftWords, measuredWords, QUOTA_TONE, requestedWords, type ShownQuota } from "./quotas-words.ts";

/** What is allowed, what is requested of it, and under it what is used, with marks where it becomes tight and where full. */
export function QuotaBar({ shown: { row, state } }: Readonly<{ shown: ShownQuota }>): ReactNode {
  const use = quotaUse(row);
  const measured = quantityToNumber(row.measured ?? "");
  const isKnown = state !== "unknown" && use !== undefined;
  const words = isKnown
    ? `${leftWords(row)}, ${requestedWords(row)} requested`
    : `not known, last seen ${requestedWords(row)}`;
  return (
    <span
      role="img"
      aria-label={`${words}. ${measuredWords(row)}`}
      title={measuredWords(row)}
      className="relative flex min-w-16 flex-1 flex-col gap-0.5"
    >
      <Strip tall share={isKnown ? shareOf(use.requested, use.hard) : undefined} fill={fillOfTone[QUOTA_TONE[state]]} />
      {isMeasurable(row) ? (
        <Strip
          share={isKnown && measured !== undefined ? shareOf(measured, use.hard) : undefined}
          fill={fillOfTone.accent}
        />
      ) : null}
      {Object.values(QUOTA_MARKS).map((mark) => (
        <span key={mark} className="absolute inset-y-0 w-px bg-faint" style={{ left: `${mark * 100}%` }} />
      ))}
    </span>
  );
}

function isMeasurable({ unmeasured }: QuotaRow): boolean {
  return unmeasured !== "other";
}

function shareOf(value: number, limit: number): number {
  return limit > 0 ? Math.min(1, Math.max(0, value / limit)) : Number(value > 0);
}

type StripProps = Readonly<{ share: number | undefined; fill: string; tall?: boolean | undefined }>;

/** One layer; hatched where it is not known. */
function Strip({ share, fill, tall }: StripProps): ReactNode {
  return (
    <span
      className={classNames(
        "relative block overflow-hidden rounded-full",
        tall ? "h-1.5" : "h-1",
        share === undefined ? "hatched" : "bg-line",
      )}
    >
      {share === undefined ? null : (
        <span
          className={classNames("absolute inset-y-0 left-0 rounded-full transition-[width]", fill)}
          style={{ width: `${share * 100}%` }}
        />
      )}
    </span>
  );
}
