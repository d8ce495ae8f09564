"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { classNames } from "#components/ui/class-names.ts";
import { type Command, filterCommands } from "./command-filter.ts";

type CommandMenuProps = Readonly<{ commands: readonly Command[] }>;

function subscribeToNothing(): () => void {
  return () => undefined;
}

function shortcutHere(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K";
}

/** The bar's "Find or do anything" and the dialog it opens, also by ⌘K or Ctrl K from anywhere. */
export function CommandMenu({ commands }: CommandMenuProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [session, setSession] = useState(0);
  const shortcut = useSyncExternalStore(subscribeToNothing, shortcutHere, () => "⌘K");

  const show = useCallback((): void => {
    // Over another dialog it would lead away from what is being decided there.
    if (document.querySelector("dialog:modal") === null) {
      // A new session starts with nothing typed.
      setSession((count) => count + 1);
      dialog.current?.showModal();
    }
  }, []);

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
        <Finder key={session} commands={commands} onLeave={() => dialog.current?.close()} />
      </dialog>
    </>
  );
}

type FinderProps = Readonly<{ commands: readonly Command[]; onLeave: () => void }>;

function Finder({ commands, onLeave }: FinderProps): ReactNode {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const found = filterCommands(commands, typed);
  const groups = [...Map.groupBy(found, (command) => command.group)];

  useEffect(() => {
    if (input.current?.closest("dialog")?.open === true) {
      input.current.focus();
    }
  }, []);

  useEffect(() => {
    list.current?.querySelector(`#${CSS.escape(`${id}-${chosen}`)}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, id]);

  function go(command: Command | undefined): void {
    if (command !== undefined) {
      onLeave();
      router.push(command.href);
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setChosen((chosen + step + found.length) % found.length);
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(found[chosen]);
    }
  }

  return (
    <div className="flex max-h-[min(560px,76dvh)] flex-col">
      <div className="flex flex-none items-center gap-2.5 border-line border-b px-3.5">
        <Search aria-hidden="true" size={16} strokeWidth={1.75} className="flex-none text-faint" />
        <input
          ref={input}
          role="combobox"
          aria-label="Find or do anything"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length === 0 ? undefined : `${id}-${chosen}`}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="A page, an environment, a request, a verb"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent text-lead outline-none placeholder:text-faint max-phone:text-[16px]"
        />
      </div>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label="Found"
        className="min-h-0 flex-1 overflow-y-auto p-1.5"
      >
        {groups.map(([group, members]) => (
          // biome-ignore lint/a11y/useSemanticElements: ARIA's listbox may own options and role=group only; no element has that role there.
          <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
            <div id={`${id}-${group}`} className="px-2 pt-2 pb-1 text-faint text-small">
              {group}
            </div>
            {members.map((command) => {
              const index = found.indexOf(command);
              return (
                <FoundCommand
                  key={`${command.label} ${command.href}`}
                  id={`${id}-${index}`}
                  command={command}
                  chosen={index === chosen}
                  onPoint={() => setChosen(index)}
                  onChoose={() => go(command)}
                />
              );
            })}
          </div>
        ))}
      </div>
      <p role="status" className={classNames("flex-none px-3.5 pb-4 text-dim", found.length > 0 && "sr-only")}>
        {found.length === 0
          ? `Nothing is called “${typed}”. Try a page, an environment or part of a name.`
          : `${found.length} found`}
      </p>
    </div>
  );
}

type FoundCommandProps = Readonly<{
  id: string;
  command: Command;
  chosen: boolean;
  onPoint: () => void;
  onChoose: () => void;
}>;

function FoundCommand({ id, command, chosen, onPoint, onChoose }: FoundCommandProps): ReactNode {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by ARIA's combobox pattern the focus stays in the input, which has the keys.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      onPointerMove={onPoint}
      onClick={onChoose}
      className={classNames(
        "flex items-baseline gap-x-3 rounded-control px-2 py-1.5 max-phone:flex-wrap max-phone:py-2",
        chosen && "bg-hover",
      )}
    >
      <span className="min-w-0 truncate font-medium">{command.label}</span>
      {command.hint === undefined ? null : (
        <span className="ml-auto min-w-0 truncate text-dim max-phone:ml-0 max-phone:basis-full">{command.hint}</span>
      )}
    </div>
  );
}
