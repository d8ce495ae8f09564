import Link from "next/link";
import type { ReactNode } from "react";

type LogoProps = Readonly<{ size?: number | undefined }>;

/** The mark: a gate within an arch. */
export function Logo({ size = 18 }: LogoProps): ReactNode {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 18 18"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      className="flex-none"
    >
      <path d="M2.2 16.2V8.4a6.8 6.8 0 0 1 13.6 0v7.8" strokeLinecap="round" />
      <path d="M5.9 16.2V9a3.1 3.1 0 0 1 6.2 0v7.2" strokeLinecap="round" />
      <path d="M1.2 16.2h15.6" strokeLinecap="round" />
    </svg>
  );
}

/** The mark and the name; leads to the first page. */
export function Wordmark(): ReactNode {
  return (
    <Link href="/" className="inline-flex items-center gap-2.5 rounded-tag font-semibold text-lead tracking-[-0.01em]">
      <Logo />
      Gatehouse
    </Link>
  );
}
