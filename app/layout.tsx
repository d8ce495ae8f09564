import "./globals.css";
import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { themeScript } from "#components/shell/theme-script.ts";

export const metadata: Metadata = {
  title: { default: "Gatehouse", template: "%s · Gatehouse" },
  description: "See every environment of every platform, and change the live ones safely.",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "dark light" };

export default async function RootLayout({ children }: Readonly<{ children: ReactNode }>): Promise<ReactNode> {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <head>
        <ThemeScript nonce={nonce} />
      </head>
      <body>{children}</body>
    </html>
  );
}

/** Sets the theme before the first paint; a script that waits would flash the other one. */
function ThemeScript({ nonce }: Readonly<{ nonce: string | undefined }>): ReactNode {
  // A browser hides the nonce from the page, so hydration would find another.
  return (
    <script nonce={nonce} suppressHydrationWarning>
      {themeScript}
    </script>
  );
}
