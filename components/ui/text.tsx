"use client";

import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { Labelled } from "./labelled.tsx";

type TextProps = Readonly<{
  name: string;
  label: string;
  value: string | undefined;
  hint: string;
  /** For a hint of several words. */
  wide?: boolean | undefined;
}>;

/** A few words that the form around it sends under `name`; when `value` changes it begins anew. */
export function Text({ name, label, value, hint, wide }: TextProps): ReactNode {
  return (
    <Labelled label={label}>
      {(id) => (
        <input
          key={value}
          id={id}
          name={name}
          defaultValue={value}
          placeholder={hint}
          autoComplete="off"
          spellCheck={false}
          className={classNames(
            "h-7 rounded-control border border-line-strong bg-raised px-2 text-text placeholder:text-faint max-phone:h-11 max-phone:w-auto max-phone:flex-1 max-phone:text-[16px]",
            wide ? "w-56" : "w-40",
          )}
        />
      )}
    </Labelled>
  );
}
