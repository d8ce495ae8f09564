"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { useRead } from "#components/live/use-read.ts";
import { classNames } from "#components/ui/class-names.ts";
import { type Command, filterCommands } from "./command-filter.ts";

type FinderProps = Readonly<{
  commands: readonly Command[];
  find: (typed: string, signal: AbortSignal) => Promise<readonly Command[]>;
  onLeave: () => void;
}>;

/** Nothing is asked of the server for less: everything would fit. */
const ASKS_FROM = 2;

/** The field and what fits: the commands at once, and what the server finds as it answers. */
export function Finder({ commands, find, onLeave }: FinderProps): ReactNode {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const asked = useDeferredValue(typed.trim());
  const search = useRead(["search", asked], (signal) => find(asked, signal), asked.length >= ASKS_FROM);
  const hits = asked.length >= ASKS_FROM ? (search.data ?? []) : [];
  const own = filterCommands(commands, typed);
  const known = new Set(own.map(({ href }) => href));
  const found = inGroups([...own, ...hits.filter(({ href, group }) => group !== "Requests" || !known.has(href))]);
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
          placeholder="A page, a service, a pod, a request, a verb"
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
                  key={`${command.group} ${command.label} ${command.hint ?? ""} ${command.href}`}
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
      <p
        role="status"
        className={classNames("flex-none px-3.5 pb-4 text-dim", found.length > 0 && search.error === null && "sr-only")}
      >
        {found.length === 0 ? nothingFound(typed, search.isPending || search.isOutdated) : `${countOf(found)} found`}
        {search.error === null ? null : ` ${search.error.message}`}
      </p>
    </div>
  );
}

function countOf(found: readonly Command[]): number {
  return found.reduce((sum, { count = 1 }) => sum + count, 0);
}

function nothingFound(typed: string, isAsking: boolean): string {
  return isAsking ? "Looking" : `Nothing is called “${typed}”. Try a page, an environment or part of a name.`;
}

/** Each group in one piece, where its first member stands. */
function inGroups(commands: readonly Command[]): readonly Command[] {
  return [...Map.groupBy(commands, ({ group }) => group).values()].flat();
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
      <span className="outside min-w-0 truncate font-medium">{command.label}</span>
      {command.hint === undefined ? null : (
        <span className="ml-auto min-w-0 truncate text-dim max-phone:ml-0 max-phone:basis-full">{command.hint}</span>
      )}
    </div>
  );
}
