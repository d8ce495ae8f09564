"use client";

import { type ReactNode, useId } from "react";

type SelectProps = Readonly<{
  label: string;
  value: string | undefined;
  options: readonly string[];
  /** Undefined for all. */
  onChange: (value: string | undefined) => void;
}>;

/** One of several, or all of them. */
export function Select({ label, value, options, onChange }: SelectProps): ReactNode {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-2 max-phone:flex">
      <label htmlFor={id} className="text-dim max-phone:w-14 max-phone:flex-none">
        {label}
      </label>
      <select
        id={id}
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
        className="h-7 rounded-control border border-line-strong bg-raised px-2 text-text max-phone:h-11 max-phone:min-w-0 max-phone:flex-1 max-phone:text-[16px]"
      >
        <option value="">all</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </span>
  );
}
