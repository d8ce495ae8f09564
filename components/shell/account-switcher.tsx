"use client";

import { Check, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useState, useTransition } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { Popover } from "#components/ui/popover.tsx";

export type Account = Readonly<{ account: string; roles: readonly string[] }>;

type AccountSwitcherProps = Readonly<{
  current: Account;
  /** The others one may become; empty where accounts cannot be switched. */
  accounts: readonly Account[];
  /** Signs in as the other account; while its promise is open the button says so. */
  onSwitch: (account: string) => void | Promise<void>;
  /** Below the list: `ThemeSwitch`, a way out. */
  children?: ReactNode;
}>;

/** Who one is, at the foot of the navigation; it opens the accounts one may become. */
export function AccountSwitcher({ current, accounts, onSwitch, children }: AccountSwitcherProps): ReactNode {
  const [pending, startTransition] = useTransition();
  const [wanted, setWanted] = useState(current.account);

  function become(account: string, close: () => void): void {
    close();
    setWanted(account);
    startTransition(async () => {
      await onSwitch(account);
    });
  }

  return (
    <Popover
      place="above-left"
      title="Account"
      buttonClassName="flex w-full items-center gap-2 rounded-control px-2 py-1.5 text-left transition-colors hover:bg-hover"
      button={
        <>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-semibold">{pending ? wanted : current.account}</span>
            <span aria-live="polite" className="block truncate text-dim text-small">
              {pending ? "signing in…" : rolesInWords(current.roles)}
            </span>
          </span>
          <ChevronsUpDown aria-hidden="true" size={14} strokeWidth={1.75} className="flex-none text-faint" />
        </>
      }
    >
      {(close) => (
        <>
          {accounts.length === 0 ? null : (
            <>
              <p className="px-3.5 pt-2.5 pb-1 text-faint text-small">Continue as</p>
              <ul className="flex flex-col px-1.5 pb-1.5">
                {accounts.map((each) => (
                  <AccountChoice
                    key={each.account}
                    account={each}
                    current={each.account === current.account}
                    onChoose={() => become(each.account, close)}
                  />
                ))}
              </ul>
            </>
          )}
          {children === undefined || children === null ? null : (
            <div className={classNames("px-3.5 py-2.5", accounts.length > 0 && "border-line border-t")}>{children}</div>
          )}
        </>
      )}
    </Popover>
  );
}

function rolesInWords(roles: readonly string[]): string {
  return roles.length === 0 ? "no role" : roles.join(" · ");
}

type AccountChoiceProps = Readonly<{ account: Account; current: boolean; onChoose: () => void }>;

function AccountChoice({ account, current, onChoose }: AccountChoiceProps): ReactNode {
  return (
    <li>
      <button
        type="button"
        aria-current={current ? "true" : undefined}
        onClick={onChoose}
        className="flex min-h-8 w-full items-center gap-2 rounded-control px-2 py-1 text-left hover:bg-hover max-phone:min-h-11"
      >
        <span className={classNames("flex-1", current && "font-semibold")}>{account.account}</span>
        <span className="text-faint text-small">{rolesInWords(account.roles)}</span>
        <Check
          aria-hidden="true"
          size={13}
          strokeWidth={2.25}
          className={classNames("flex-none text-accent", !current && "invisible")}
        />
      </button>
    </li>
  );
}
