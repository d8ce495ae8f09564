"use client";

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { classNames } from "./class-names.ts";

type PopoverProps = Readonly<{
  /** What the button shows; with `label` if that does not say enough by itself. */
  button: ReactNode;
  label?: string | undefined;
  buttonClassName: string;
  /** Where it opens from the button. */
  place: "below-right" | "above-left";
  /** Names the opened area. */
  title: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}>;

const places = {
  "below-right": "top-full right-0 mt-1.5",
  "above-left": "bottom-full left-0 mb-1.5",
} as const;

/** A button that opens a small area beside it. Esc, a click elsewhere or leaving it by Tab closes it. */
export function Popover({ button, label, buttonClassName, place, title, children }: PopoverProps): ReactNode {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const areaId = useId();

  useEffect(() => {
    const around = frame.current;
    if (!open || around === null) {
      return;
    }
    const listening = new AbortController();
    const { signal } = listening;
    function closeFromOutside(event: PointerEvent | FocusEvent): void {
      const to = event instanceof FocusEvent ? event.relatedTarget : event.target;
      if (to instanceof Node && around?.contains(to) === false) {
        setOpen(false);
      }
    }
    function closeByEscape(event: KeyboardEvent): void {
      if (event.key === "Escape") {
        // Otherwise the drawer or dialog around it would close as well.
        event.preventDefault();
        event.stopPropagation();
        setOpen(false);
        trigger.current?.focus();
      }
    }
    document.addEventListener("pointerdown", closeFromOutside, { signal });
    around.addEventListener("focusout", closeFromOutside, { signal });
    around.addEventListener("keydown", closeByEscape, { signal });
    return () => listening.abort();
  }, [open]);

  function close(): void {
    setOpen(false);
    trigger.current?.focus();
  }

  return (
    <div ref={frame} className="relative">
      <button
        ref={trigger}
        type="button"
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? areaId : undefined}
        onClick={() => setOpen(!open)}
        className={buttonClassName}
      >
        {button}
      </button>
      {open ? (
        <section
          id={areaId}
          aria-label={title}
          className={classNames(
            "absolute z-40 max-h-[min(480px,70dvh)] w-80 max-w-[calc(100vw-32px)] overflow-y-auto rounded-panel border border-line-strong bg-surface text-left",
            places[place],
          )}
        >
          {typeof children === "function" ? children(close) : children}
        </section>
      ) : null}
    </div>
  );
}
