"use client";

import type { FormEvent, ReactNode } from "react";
import { Button } from "./button.tsx";

const LOOK =
  "flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-3.5 py-2.5 max-phone:flex-col max-phone:items-stretch";

type FiltersProps = Readonly<{ label: string; children: ReactNode }>;

/** What is chosen of a list, above it; each choice holds at once. */
export function Filters({ label, children }: FiltersProps): ReactNode {
  return (
    <fieldset aria-label={label} className={LOOK}>
      {children}
    </fieldset>
  );
}

type FilterFormProps = FiltersProps &
  Readonly<{
    /** `textOf` answers what stands in the `Text` of a name; undefined where that is nothing. */
    onSubmit: (textOf: (name: string) => string | undefined) => void;
    verb: string;
  }>;

/** Filters with words among them, which hold once they are sent. */
export function FilterForm({ label, onSubmit, verb, children }: FilterFormProps): ReactNode {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit((name) => String(form.get(name) ?? "").trim() || undefined);
  }
  return (
    <form aria-label={label} onSubmit={submit} className={LOOK}>
      {children}
      <Button type="submit" small>
        {verb}
      </Button>
    </form>
  );
}
