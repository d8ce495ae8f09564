"use client";

import { type ReactNode, useEffect, useEffectEvent, useId, useState } from "react";
import { classNames } from "./class-names.ts";
import { keepDraft, readDraft } from "./drafts.ts";
import { StatusMark } from "./status.tsx";

type FieldProps = Readonly<{
  label: string;
  name: string;
  hint?: ReactNode;
  /** What is wrong with it and what would be right. */
  error?: string | undefined;
  required?: boolean | undefined;
  rows?: number | undefined;
  maxLength?: number | undefined;
  initial?: string | undefined;
  /** Keeps what was typed for this tab until `forgetDraft(draftKey)`: a closed dialog or a failed action loses nothing. */
  draftKey?: string | undefined;
  /** Told at each change, and once with the restored draft. */
  onWords?: ((words: string) => void) | undefined;
}>;

/** Several lines of somebody's own words. */
export function Field({
  label,
  name,
  hint,
  error,
  required,
  rows = 3,
  maxLength,
  initial = "",
  draftKey,
  onWords,
}: FieldProps): ReactNode {
  const id = useId();
  const [words, setWords] = useState(initial);
  const hasHint = hint !== undefined && hint !== null;
  const describedBy = classNames(hasHint && `${id}-hint`, error !== undefined && `${id}-error`);

  const restore = useEffectEvent((draft: string) => {
    setWords(draft);
    onWords?.(draft);
  });
  useEffect(() => {
    const draft = draftKey === undefined ? undefined : readDraft(draftKey);
    if (draft !== undefined) {
      restore(draft);
    }
  }, [draftKey]);

  function change(next: string): void {
    setWords(next);
    onWords?.(next);
    if (draftKey !== undefined) {
      keepDraft(draftKey, next);
    }
  }

  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
        {required ? null : <span className="font-normal text-faint"> · if you like</span>}
      </label>
      <textarea
        id={id}
        name={name}
        rows={rows}
        maxLength={maxLength}
        required={required}
        value={words}
        onChange={(event) => change(event.target.value)}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={describedBy === "" ? undefined : describedBy}
        className={classNames(
          "w-full resize-y rounded-control border bg-surface px-2.5 py-2 text-text placeholder:text-faint max-phone:text-[16px] max-phone:leading-[22px]",
          error === undefined ? "border-line-strong" : "border-crit",
        )}
      />
      {hasHint ? (
        <p id={`${id}-hint`} className="text-dim">
          {hint}
        </p>
      ) : null}
      {error === undefined ? null : (
        <p id={`${id}-error`} role="alert" className="flex items-baseline gap-2 text-crit">
          <StatusMark tone="broken" />
          {error}
        </p>
      )}
    </div>
  );
}

type LineProps = Readonly<{
  label: string;
  name: string;
  value: string;
  hint: string;
  type?: "text" | "datetime-local";
  onChange: (value: string) => void;
}>;

/** One line that must be filled in. */
export function Line({ label, name, value, hint, type = "text", onChange }: LineProps): ReactNode {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      <input
        id={id}
        name={name}
        type={type}
        value={value}
        maxLength={64}
        required
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={`${id}-hint`}
        className="w-full max-w-[320px] rounded-control border border-line-strong bg-surface px-2.5 py-1.5 text-text max-phone:text-[16px] max-phone:leading-[22px]"
      />
      <p id={`${id}-hint`} className="text-dim">
        {hint}
      </p>
    </div>
  );
}
