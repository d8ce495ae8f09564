"use client";

import { X } from "lucide-react";
import { type ReactNode, type SyntheticEvent, useId, useLayoutEffect, useRef } from "react";
import { classNames } from "./class-names.ts";

type DialogProps = Readonly<{
  open: boolean;
  /** Called by Esc and by the close button; the caller then takes `open` away (state or URL). */
  onClose: () => void;
  title: ReactNode;
  /** Tags beside the title: where it acts. */
  aside?: ReactNode;
  /** One sentence under the title: what will happen. */
  lead?: ReactNode;
  /** The sticky bottom: the one filled button and, before it, the rule in words. */
  footer?: ReactNode;
  /** A sheet holds a whole plan; a small one asks one thing. */
  size?: "sheet" | "small" | undefined;
  children: ReactNode;
}>;

/** A modal sheet; full-screen on phones. Focus goes to its title and returns to where it came from. */
export function Dialog({
  open,
  onClose,
  title,
  aside,
  lead,
  footer,
  size = "sheet",
  children,
}: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const leadId = useId();

  // A layout effect, because focus returns only if the dialog is closed while it is still in the document.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null || !open) {
      return;
    }
    element.showModal();
    heading.current?.focus({ preventScroll: true });
    return () => {
      element.close();
    };
  }, [open]);

  function onCancel(event: SyntheticEvent<HTMLDialogElement>): void {
    if (event.target === event.currentTarget) {
      event.preventDefault();
      onClose();
    }
  }

  // The browser closes it by force on a second Esc.
  function onForcedClose(event: SyntheticEvent<HTMLDialogElement>): void {
    if (event.target === event.currentTarget && open && !event.currentTarget.open) {
      onClose();
    }
  }

  const hasLead = lead !== undefined && lead !== null;
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      aria-describedby={hasLead ? leadId : undefined}
      onCancel={onCancel}
      onClose={onForcedClose}
      className={classNames(
        "m-auto max-h-[calc(100dvh-48px)] w-[calc(100vw-48px)] flex-col overflow-hidden rounded-panel border border-line-strong bg-bg text-text open:flex",
        "max-phone:m-0 max-phone:h-dvh max-phone:max-h-none max-phone:w-screen max-phone:max-w-none max-phone:rounded-none max-phone:border-0",
        size === "sheet" ? "h-[calc(100dvh-48px)] max-w-[1040px]" : "max-w-[520px]",
      )}
    >
      <header className="flex flex-none items-start gap-3 border-line border-b px-6 py-4 max-phone:px-4">
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h2 id={titleId} ref={heading} tabIndex={-1} className="font-semibold text-title outline-none">
              {title}
            </h2>
            {aside}
          </div>
          {hasLead ? (
            <p id={leadId} className="mt-1 max-w-[86ch] text-dim text-lead">
              {lead}
            </p>
          ) : null}
        </div>
        <button
          type="button"
          aria-label="Close"
          onClick={onClose}
          className="-mr-2 inline-flex size-8 flex-none items-center justify-center rounded-control text-dim hover:bg-hover hover:text-text max-phone:size-11"
        >
          <X aria-hidden="true" size={16} strokeWidth={1.75} />
        </button>
      </header>
      <section
        aria-label="Contents"
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-6 py-5 max-phone:px-4"
      >
        <div className="flex flex-col gap-5.5">{children}</div>
      </section>
      {footer === undefined || footer === null ? null : (
        <footer className="flex flex-none flex-wrap items-center justify-end gap-x-3 gap-y-2 border-line border-t bg-surface px-6 py-3 max-phone:px-4 max-phone:pb-[max(12px,env(safe-area-inset-bottom))]">
          {footer}
        </footer>
      )}
    </dialog>
  );
}

type DialogRuleProps = Readonly<{
  /** What is still missing before the button acts; undefined when nothing is. */
  missing?: string | undefined;
  children: ReactNode;
}>;

/** The rule in words at the start of a dialog's footer, beside the button it governs. */
export function DialogRule({ missing, children }: DialogRuleProps): ReactNode {
  return (
    <p className="mr-auto min-w-0 flex-1 basis-64 text-dim max-phone:basis-full">
      {children}
      {missing === undefined ? null : <strong className="block font-medium text-text">{missing}</strong>}
    </p>
  );
}

/** The buttons at the end of a dialog's footer, which stay together where it is narrow. */
export function DialogButtons({ children }: Readonly<{ children: ReactNode }>): ReactNode {
  return <div className="flex flex-none items-center gap-3">{children}</div>;
}
