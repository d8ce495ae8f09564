import type { Metadata } from "next";
import { notFound } from "next/navigation";

export const metadata: Metadata = { title: "Not here" };

/** Whatever no other page answers to, inside the console's own frame. */
export default function UnknownPage(): never {
  notFound();
}
