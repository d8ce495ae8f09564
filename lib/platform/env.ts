import "server-only";
import * as z from "zod";

const EnvironmentVariables = z.object({
  DATABASE_URL: z.string().startsWith("postgres").optional(),
  GATEHOUSE_CONFIG: z.string().min(1).default("gatehouse.yaml"),
  /** Where Gatehouse keeps its copies of Git repositories. Nothing in it is the truth; it can be deleted. */
  GATEHOUSE_DATA: z.string().min(1).default(".gatehouse/data"),
  /** The address people open. An action from any other origin is refused. */
  NEXTAUTH_URL: z.url().optional(),
  NEXTAUTH_SECRET: z.string().min(32).optional(),
  /** "1" only in the demo: accounts without passwords, on loopback. */
  GATEHOUSE_DEMO: z.enum(["0", "1"]).default("0"),
  /** Addresses and CIDR ranges, with commas, of the proxies in front: only what they say of X-Forwarded-For is believed. */
  GATEHOUSE_TRUSTED_PROXIES: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((entry) => entry.trim() || []))
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "expected addresses or CIDR ranges"))),
  NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
  LOG_LEVEL: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
});

export type Env = Readonly<z.infer<typeof EnvironmentVariables>>;

let parsed: Env | undefined;

/** The process's settings, validated once. Throws naming each wrong variable and what was expected of it. */
export function env(): Env {
  parsed ??= readEnv(process.env);
  return parsed;
}

/** Parses a set of environment variables; `env()` is this over the process's own. */
export function readEnv(variables: Readonly<Record<string, string | undefined>>): Env {
  const result = EnvironmentVariables.safeParse(variables);
  if (result.success) {
    return result.data;
  }
  const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment is not usable. ${problems.join("; ")}`);
}

/** A variable that gatehouse.yaml refers to as `${NAME}`. */
export function configVariable(name: string): string | undefined {
  return process.env[name];
}

/** The environment for a child process: ours, with `changes` on top. */
export function childEnvironment(changes: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
