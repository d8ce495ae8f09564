import type { Labels } from "#lib/clusters/model.ts";
import type { Prices } from "#lib/estate/model.ts";
import { addDemands } from "./capacity.ts";
import type { PodDemand } from "./model.ts";

/** Money as a decimal with its currency, a code of ISO 4217. */
export type Money = Readonly<{ value: string; currency: string }>;

/** 8,760 hours of a year by twelve, as clouds bill a month. */
export const HOURS_A_MONTH = 730;

/** One billionth of the currency's unit, so that prices of nine decimals and sums of them are exact. */
const DECIMALS = 9;
const THOUSANDTHS = 1000n;
const GIB = 2n ** 30n;

/**
 * What requested capacity costs a month, exactly: in (10^-9 of the currency) × (thousandths of a core × bytes of a GiB), which
 * `toMoney` divides once. Only sums of these are exact; rounded amounts must not be added.
 */
export function monthlyCost(demand: PodDemand, prices: Prices): bigint {
  const milliCores = BigInt(Math.round(demand.cpuCores * 1000));
  const bytes = BigInt(Math.round(demand.memoryBytes));
  const hourly = milliCores * scaled(prices.cpuCoreHour) * GIB + bytes * scaled(prices.memoryGiBHour) * THOUSANDTHS;
  return hourly * BigInt(HOURS_A_MONTH);
}

/** An exact cost in the currency's own decimals, half a unit rounded up. */
export function toMoney(cost: bigint, currency: string): Money {
  const decimals =
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const divisor = THOUSANDTHS * GIB * 10n ** BigInt(DECIMALS - decimals);
  const units = (cost * 2n + divisor) / (divisor * 2n);
  const digits = units.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return { value: decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`, currency };
}

/** A price as text, such as "0.0316", in billionths; what is finer than that is cut off. */
function scaled(price: string): bigint {
  const [whole = "0", fraction = ""] = price.split(".");
  return BigInt(`${whole}${fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0")}`);
}

/** A pod's demand with the labels of what made it. */
export type Owned = Readonly<{ labels: Labels; demand: PodDemand }>;

/** What of a platform carries one value of a label (null: carries none), and what that costs a month. */
export type LabelShare = Readonly<{ name: string | null; requested: PodDemand; cost: Money | null }>;

/** Requested capacity by the value of a label, most CPU first; what carries no label is a row of its own, and last. */
export function sharesBy(label: string, owned: readonly Owned[], prices: Prices | undefined): LabelShare[] {
  const groups = Map.groupBy(owned, ({ labels }) => labels[label] ?? null);
  return [...groups]
    .map(([name, theirs]) => ({ name, ...priced(addDemands(theirs.map(({ demand }) => demand)), prices) }))
    .sort((a, b) => Number(a.name === null) - Number(b.name === null) || b.requested.cpuCores - a.requested.cpuCores);
}

/** A demand with what it costs; null where nothing has a price. */
export function priced(requested: PodDemand, prices: Prices | undefined): Omit<LabelShare, "name"> {
  return {
    requested,
    cost: prices === undefined ? null : toMoney(monthlyCost(requested, prices), prices.currency),
  };
}
