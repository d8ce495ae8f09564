"use client";

import type { ReactNode } from "react";
import { Labelled } from "./labelled.tsx";

type SelectProps = Readonly<{
  label: string;
  value: string | undefined;
  options: readonly string[];
  /** Undefined for all. */
  onChange: (value: string | undefined) => void;
  /** What stands for none of them; null where one is always chosen. */
  none?: string | null | undefined;
}>;

/** One of several, or all of them. */
export function Select({ label, value, options, onChange, none = "all" }: SelectProps): ReactNode {
  return (
    <Labelled label={label}>
      {(id) => (
        <select
          id={id}
          value={value ?? ""}
          onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
          className="h-7 rounded-control border border-line-strong bg-raised px-2 text-text max-phone:h-11 max-phone:min-w-0 max-phone:flex-1 max-phone:text-[16px]"
        >
          {none === null ? null : <option value="">{none}</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}
