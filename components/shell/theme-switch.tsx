"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { type ReactNode, useId, useSyncExternalStore } from "react";
import { themeKey } from "./theme-script.ts";

type Theme = "system" | "light" | "dark";

const choices = [
  { theme: "system", label: "System", icon: Monitor },
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
] as const;

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

function shown(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function remember(theme: Theme): void {
  try {
    if (theme === "system") {
      localStorage.removeItem(themeKey);
    } else {
      localStorage.setItem(themeKey, theme);
    }
  } catch {
    // Browsers that block site data throw here; the choice then lasts as long as the page.
    return;
  }
}

function choose(theme: Theme): void {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  remember(theme);
}

/** System, light or dark; kept in this browser. */
export function ThemeSwitch(): ReactNode {
  const current = useSyncExternalStore<Theme>(subscribe, shown, () => "system");
  const name = useId();
  return (
    <fieldset className="flex items-center gap-2">
      <legend className="float-left flex-1 text-dim">Theme</legend>
      <div className="inline-flex rounded-control border border-line-strong p-0.5">
        {choices.map(({ theme, label, icon: Icon }) => (
          <label
            key={theme}
            title={label}
            className="relative inline-flex h-6 w-8 cursor-pointer items-center justify-center rounded-tag text-dim transition-colors has-checked:bg-hover has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-accent max-phone:h-9 max-phone:w-11"
          >
            <input
              type="radio"
              name={name}
              value={theme}
              checked={current === theme}
              onChange={() => choose(theme)}
              className="sr-only"
            />
            <Icon aria-hidden="true" size={14} strokeWidth={1.75} />
            <span className="sr-only">{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
