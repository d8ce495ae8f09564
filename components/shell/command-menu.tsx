"use client";

import { Search } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useHydrated } from "#components/ui/use-hydrated.ts";
import type { Command } from "./command-filter.ts";

type CommandMenuProps = Readonly<{
  commands: readonly Command[];
  /** What the house has of that name beside the commands. */
  find: (typed: string, signal: AbortSignal) => Promise<readonly Command[]>;
}>;

type FinderComponent = typeof import("./finder.tsx").Finder;

function shortcutHere(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K";
}

/** The bar's "Find or do anything" and the dialog it opens, also by ⌘K or Ctrl K from anywhere. */
export function CommandMenu({ commands, find }: CommandMenuProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [session, setSession] = useState(0);
  const [Finder, setFinder] = useState<FinderComponent>();
  const shortcut = useHydrated() ? shortcutHere() : "⌘K";

  // It comes after what the page needs first, and stands ready, so that the first key that is typed finds the field.
  const load = useCallback((): void => {
    import("./finder.tsx").then(
      (file) => setFinder(() => file.Finder),
      // Without a line now, it is asked for again when the dialog opens.
      () => undefined,
    );
  }, []);
  useEffect(load, [load]);

  const show = useCallback((): void => {
    // Over another dialog it would lead away from what is being decided there.
    if (document.querySelector("dialog:modal") === null) {
      load();
      // A new session starts with nothing typed.
      setSession((count) => count + 1);
      dialog.current?.showModal();
    }
  }, [load]);

  useEffect(() => {
    function onKeyDown(event: globalThis.KeyboardEvent): void {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) {
        return;
      }
      event.preventDefault();
      if (dialog.current?.open === true) {
        dialog.current.close();
      } else {
        show();
      }
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [show]);

  useEffect(() => {
    const element = dialog.current;
    function closeFromBackdrop(event: globalThis.MouseEvent): void {
      if (event.target === element) {
        element?.close();
      }
    }
    element?.addEventListener("click", closeFromBackdrop);
    return () => element?.removeEventListener("click", closeFromBackdrop);
  }, []);

  return (
    <>
      <button
        type="button"
        onClick={show}
        aria-haspopup="dialog"
        aria-keyshortcuts="Meta+K Control+K"
        className="inline-flex h-8 w-62 flex-none items-center gap-2 rounded-control border border-line bg-surface pr-1.5 pl-2.5 text-faint transition-colors hover:border-line-strong hover:text-dim max-fold:w-8 max-fold:justify-center max-fold:border-transparent max-fold:bg-transparent max-fold:px-0"
      >
        <Search aria-hidden="true" size={14} strokeWidth={1.75} className="flex-none max-fold:size-4.5" />
        <span className="flex-1 text-left max-fold:sr-only">Find or do anything</span>
        <span
          aria-hidden="true"
          className="inline-flex h-5 min-w-7 items-center justify-center rounded-tag border border-line px-1 text-[11px] max-fold:hidden"
        >
          {shortcut}
        </span>
      </button>
      <dialog
        ref={dialog}
        aria-label="Find or do anything"
        className="mx-auto mt-[12vh] mb-auto w-[calc(100vw-32px)] max-w-[600px] overflow-hidden rounded-panel border border-line-strong bg-surface text-text max-phone:mt-4"
      >
        {session === 0 || Finder === undefined ? null : (
          <Finder key={session} commands={commands} find={find} onLeave={() => dialog.current?.close()} />
        )}
      </dialog>
    </>
  );
}
