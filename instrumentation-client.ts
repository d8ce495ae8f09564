import * as z from "zod";

// zod tries whether it may compile its checks, which the pages' policy forbids and reports; without compiling it need not try.
z.config({ jitless: true });
