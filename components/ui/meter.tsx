import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { type Accent, fillOfTone } from "./tone.ts";

/** One measure of the same thing, from zero, in the limit's unit: "requested", "measured", "with the surge". */
export type MeterLayer = Readonly<{ name: string; value: number; tone: Accent }>;

type MeterProps = Readonly<{
  label: string;
  /** What stands at the end and is read aloud, with unit and limit: "15.6 / 16 cores". */
  words: string;
  limit: number;
  /** Up to three, each from zero; the widest is drawn underneath. The first is the meter's value. */
  layers: readonly MeterLayer[];
  /** Nothing is known: the bar is hatched and this says why. */
  unknownBecause?: string | undefined;
  /** Leaves the label to screen readers, where a column heading says it. */
  labelHidden?: boolean | undefined;
}>;

function share(value: number, limit: number): string {
  return limit > 0 ? `${Math.min(100, Math.max(0, (100 * value) / limit))}%` : "0%";
}

/** A value against its limit. */
export function Meter({ label, words, limit, layers, unknownBecause, labelHidden }: MeterProps): ReactNode {
  const unknown = unknownBecause !== undefined;
  const widestFirst = layers.toSorted((a, b) => b.value - a.value);
  const said = [words, ...layers.slice(1).map((layer) => `${layer.name} ${layer.value}`)].join(", ");
  return (
    <div className="flex items-center gap-2">
      <span className={labelHidden ? "sr-only" : "min-w-8 flex-none text-dim"}>{label}</span>
      {unknown ? (
        <span
          role="img"
          aria-label={`${label} is not known: ${unknownBecause}`}
          title={unknownBecause}
          className="hatched h-1.5 min-w-8 flex-1 rounded-full"
        />
      ) : (
        <span
          title={layers.map((layer) => `${layer.name} ${layer.value}`).join(" · ")}
          className="relative h-1.5 min-w-8 flex-1 overflow-hidden rounded-full bg-line"
        >
          {/* Read aloud only: a <meter> cannot draw layers. */}
          <meter
            className="sr-only"
            aria-label={label}
            aria-valuetext={said}
            min={0}
            max={limit}
            value={Math.min(limit, layers[0]?.value ?? 0)}
          />
          {widestFirst.map((layer) => (
            <span
              key={layer.name}
              className={classNames(
                "absolute inset-y-0 left-0 rounded-full transition-[width]",
                fillOfTone[layer.tone],
              )}
              style={{ width: share(layer.value, limit) }}
            />
          ))}
        </span>
      )}
      <span
        aria-hidden={!unknown}
        className={classNames("min-w-20 flex-none text-right", unknown ? "text-unknown" : "text-dim")}
      >
        {words}
      </span>
    </div>
  );
}
