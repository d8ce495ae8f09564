import { join } from "node:path";
import { root } from "./processes.mjs";

/** Next's own command, to be run with Node. */
export const nextProgram = join(root, "node_modules", "next", "dist", "bin", "next");
