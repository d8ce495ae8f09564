import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const FOLDERS = ["app", "components", "lib", "prisma"];
const NEXT_ENTRIES = ["proxy.ts", "instrumentation.ts"];

/** One file: where it is, and its text with comments blanked out, so that lines keep their numbers. */
type Source = Readonly<{ path: string; text: string; code: string }>;
/** `target` is a path from the root for our own files, else the name of a package. */
type Import = Readonly<{ line: number; target: string; isType: boolean }>;
/** Each offence begins with `file:line`. */
type Rule = Readonly<{
  sentence: string;
  offences: (sources: readonly Source[]) => string[];
  /** Files that break the rule, so that the rule is seen to catch something. */
  broken: readonly Readonly<{ path: string; text: string }>[];
}>;

const PURE_LAYERS = ["model.ts", "schema.ts", "policy.ts", "keys.ts"];
/** Pure files whose own name says more than a layer's would. */
const PURE_BESIDE = [
  "lib/access/claims.ts",
  "lib/access/origin.ts",
  "lib/limits/body.ts",
  "lib/platform/clock.ts",
  "lib/platform/content-policy.ts",
  "lib/platform/errors.ts",
  "lib/platform/pause.ts",
  "lib/platform/result.ts",
  "lib/clusters/selectors.ts",
  "lib/promotions/evidence.ts",
  "lib/quotas/capacity.ts",
  "lib/quotas/costs.ts",
  "lib/quotas/fit.ts",
  "lib/quotas/limits.ts",
  "lib/quotas/trend.ts",
  "lib/rollouts/autoscaling.ts",
  "lib/rollouts/claims.ts",
  "lib/rollouts/compose.ts",
  "lib/rollouts/jobs.ts",
  "lib/rollouts/progress.ts",
  "lib/rollouts/reasons.ts",
  "lib/rollouts/refusals.ts",
  "lib/rollouts/revisions.ts",
  "lib/rollouts/scheduling.ts",
  "lib/rollouts/state.ts",
  "lib/schedules/timetable.ts",
  "lib/pods/list.ts",
  "lib/routes.ts",
  "lib/reachability/addresses.ts",
  "lib/placement/budgets.ts",
  "lib/placement/what-if.ts",
  "lib/topology/hosts.ts",
  "lib/watch/cluster-objects.ts",
  "lib/watch/compose-objects.ts",
  "lib/watch/envelope.ts",
  "lib/watch/held-rows.ts",
  "lib/watch/row-maker.ts",
  "lib/releases/image.ts",
  "lib/watch/freshness.ts",
  "lib/watch/wire.ts",
];
const PURE_IN_SYSTEMS = /^(port|errors|translate(-[a-z]+)?)\.ts$/;
const PURE_PACKAGES = ["zod", "yaml", "diff", "croner", "@rgrove/parse-xml"];

/** What app may use of lib beside pure files, queries and operations: the frames, the session, what is held now and the stream. */
const APP_ENTRANCES = [
  "lib/access/access-watch.ts",
  "lib/access/page.ts",
  "lib/access/session.ts",
  "lib/access/sign-ins.ts",
  "lib/access/step-ups.ts",
  "lib/audit/refusals.ts",
  "lib/limits/source.ts",
  "lib/platform/answer.ts",
  "lib/platform/door.ts",
  "lib/platform/env.ts",
  "lib/platform/ids.ts",
  "lib/platform/metrics.ts",
  "lib/platform/readiness.ts",
  "lib/platform/refused-call.ts",
  "lib/platform/run-action.ts",
  "lib/platform/wiring.ts",
  "lib/watch/ring.ts",
  "lib/watch/stream.ts",
];

/** Nouns that every change goes through, so that others write through their stores in one transaction. */
const STORES_FOR_ALL = [
  "lib/requests/store.ts",
  "lib/operations/store.ts",
  "lib/audit/store.ts",
  "lib/break-glass/store.ts",
];

/** What `gatehouse audit verify` runs. */
const VERIFICATION = [
  "chain",
  "evidence",
  "pack-chain",
  "pack-look",
  "pack-page",
  "pack-glass",
  "pack-requests",
  "pack-verify",
  "signing",
].map((name) => `lib/audit/${name}.ts`);

const isOwn = (target: string) => FOLDERS.some((folder) => target.startsWith(`${folder}/`));
const isInSystems = (path: string) => path.startsWith("lib/systems/");
const nounOf = (path: string) => /^lib\/([^/]+)\//.exec(path)?.[1];

function isPure(path: string): boolean {
  return isPureForAll(path) || (isInSystems(path) && PURE_IN_SYSTEMS.test(basename(path)));
}

function isPureForAll(path: string): boolean {
  return PURE_BESIDE.includes(path) || (/^lib\/[^/]+\/[^/]+$/.test(path) && PURE_LAYERS.includes(basename(path)));
}

function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replaceAll(/[^\n]/g, " ");
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, blank).replaceAll(/^\s*\/\/.*$/gm, blank);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Where a specifier leads: a path from the root for our own files, else the package's name. */
function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith("#")) {
    return specifier.slice(1);
  }
  if (specifier.startsWith(".")) {
    return posix.join(dirname(path), specifier);
  }
  return specifier;
}

function importsOf({ path, code }: Source): Import[] {
  const forms = /\b(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;
  return [...code.matchAll(forms)].map((match) => ({
    line: lineOf(code, match.index),
    target: targetOf(path, match[2] ?? match[3] ?? ""),
    isType: match[1] !== undefined,
  }));
}

/** Each import of the files that `of` picks and that `isWrong`. */
function imports(
  of: (path: string) => boolean,
  isWrong: (target: string, source: Source, isType: boolean) => boolean,
): Rule["offences"] {
  return (sources) =>
    sources
      .filter((source) => of(source.path))
      .flatMap((source) =>
        importsOf(source)
          .filter(({ target, isType }) => isWrong(target, source, isType))
          .map(({ line, target }) => `${source.path}:${line} imports ${target}`),
      );
}

function places(of: (path: string) => boolean, sign: RegExp): Rule["offences"] {
  return (sources) =>
    sources
      .filter((source) => of(source.path))
      .flatMap((source) =>
        [...source.code.matchAll(sign)].map(
          (match) => `${source.path}:${lineOf(source.code, match.index)} ${match[0]}`,
        ),
      );
}

/** The exported functions of an actions file that do not call runAction exactly once. */
function wrongActions(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => /^app\/.*actions\.ts$/.test(source.path))
    .flatMap((source) => {
      const starts = [...source.code.matchAll(/^export (?!type\b)/gm)].map((match) => match.index);
      const frame = source.code.trimStart().startsWith('"use server";')
        ? []
        : [`${source.path}:1 is no "use server" file`];
      const wrong = starts.flatMap((start, index) => {
        const body = source.code.slice(start, starts[index + 1]);
        const isOneCall = body.startsWith("export async function ") && body.match(/\brunAction\(/g)?.length === 1;
        return isOneCall ? [] : [`${source.path}:${lineOf(source.code, start)} ${body.split("\n")[0]}`];
      });
      return [...frame, ...wrong];
    });
}

const RULES: readonly Rule[] = [
  {
    sentence:
      "app imports components, pure files, queries, operations and platform's entrances; never a store, never a system",
    offences: imports(
      (path) => path.startsWith("app/") || NEXT_ENTRIES.includes(path),
      (target) =>
        isOwn(target) &&
        !target.startsWith("app/") &&
        !target.startsWith("components/") &&
        !isPureForAll(target) &&
        !/^lib\/[a-z-]+\/(queries|operations)\.ts$/.test(target) &&
        !APP_ENTRANCES.includes(target),
    ),
    broken: [
      { path: "app/page.tsx", text: 'import { listRequests } from "#lib/requests/store.ts";\n' },
      { path: "app/page.tsx", text: 'import { ClusterError } from "#lib/systems/kubernetes/errors.ts";\n' },
    ],
  },
  {
    sentence: "components import other components and pure files; of queries they know the types alone",
    offences: imports(
      (path) => path.startsWith("components/"),
      (target, _source, isType) =>
        isOwn(target) &&
        !target.startsWith("components/") &&
        !isPureForAll(target) &&
        !(isType && target.endsWith("/queries.ts")),
    ),
    broken: [
      { path: "components/a.tsx", text: 'import { readRequests } from "#lib/requests/queries.ts";\n' },
      { path: "components/a.tsx", text: 'import type { Db } from "#lib/platform/db.ts";\n' },
      { path: "components/a.tsx", text: 'import { open } from "#app/requests/actions.ts";\n' },
    ],
  },
  {
    sentence: "components know of schemas the types alone: zod stays on the server",
    offences: imports(
      (path) => path.startsWith("components/"),
      (target, _source, isType) => !isType && (target === "zod" || basename(target) === "schema.ts"),
    ),
    broken: [
      { path: "components/a.tsx", text: 'import * as z from "zod";\n' },
      { path: "components/a.tsx", text: 'import { AskInput } from "#lib/requests/schema.ts";\n' },
    ],
  },
  {
    sentence: "pure files import only pure files and parsers: no Node, no server-only, no Prisma, no React",
    offences: imports(isPure, (target) => (isOwn(target) ? !isPure(target) : !PURE_PACKAGES.includes(target))),
    broken: [
      { path: "lib/requests/model.ts", text: 'import { createHash } from "node:crypto";\n' },
      { path: "lib/requests/policy.ts", text: 'import type { Db } from "#lib/platform/db.ts";\n' },
      { path: "lib/watch/freshness.ts", text: 'import "server-only";\n' },
      { path: "lib/systems/git/translate.ts", text: 'import {\n  A,\n} from "./client.ts";\n' },
    ],
  },
  {
    sentence: "lib imports neither app nor components",
    offences: imports(
      (path) => path.startsWith("lib/"),
      (target) => target.startsWith("app/") || target.startsWith("components/"),
    ),
    broken: [{ path: "lib/requests/queries.ts", text: 'import { Tone } from "#components/ui/tone.ts";\n' }],
  },
  {
    sentence: "a system imports models, platform and its own files; never another system",
    offences: imports(
      isInSystems,
      (target, source) =>
        isOwn(target) &&
        dirname(target) !== dirname(source.path) &&
        !/^lib\/[a-z]+\/model\.ts$/.test(target) &&
        ![
          "lib/platform/env.ts",
          "lib/platform/errors.ts",
          "lib/platform/clock.ts",
          "lib/platform/keep-alive.ts",
          "lib/platform/pause.ts",
        ].includes(target),
    ),
    broken: [
      { path: "lib/systems/git/client.ts", text: 'import { openCluster } from "#lib/systems/kubernetes/client.ts";\n' },
      { path: "lib/systems/git/client.ts", text: 'import { createRing } from "#lib/watch/ring.ts";\n' },
    ],
  },
  {
    sentence: "client-node is imported only in lib/systems/kubernetes",
    offences: imports(
      (path) => !path.startsWith("lib/systems/kubernetes/"),
      (target) => target.startsWith("@kubernetes/client-node"),
    ),
    broken: [{ path: "lib/watch/reflector.ts", text: 'import { KubeConfig } from "@kubernetes/client-node";\n' }],
  },
  {
    sentence: "only wiring imports a system's client",
    offences: imports(
      (path) => path !== "lib/platform/wiring.ts",
      (target) => isInSystems(target) && basename(target) === "client.ts",
    ),
    broken: [
      { path: "lib/promotions/queries.ts", text: 'import { openRepository } from "#lib/systems/git/client.ts";\n' },
    ],
  },
  {
    sentence: "no noun imports another noun's store; requests, operations and audit are there for all",
    offences: imports(
      (path) => path.startsWith("lib/"),
      (target, source) =>
        basename(target) === "store.ts" && nounOf(target) !== nounOf(source.path) && !STORES_FOR_ALL.includes(target),
    ),
    broken: [{ path: "lib/promotions/queries.ts", text: 'import { listTenants } from "#lib/tenants/store.ts";\n' }],
  },
  {
    sentence: "only stores and platform/db import the Prisma client",
    offences: imports(
      (path) => basename(path) !== "store.ts" && path !== "lib/platform/db.ts",
      (target) => target.startsWith("prisma/generated/") || target.startsWith("@prisma/client"),
    ),
    broken: [
      { path: "lib/requests/queries.ts", text: 'import type { Request } from "#prisma/generated/client.ts";\n' },
    ],
  },
  {
    // Checkpoints of the record go to a repository of their own and change no environment.
    sentence: "only the steps of an operation write to a repository or a cluster: what a recipe's writes file does",
    offences: places(
      (path) =>
        !isInSystems(path) && !/^lib\/[a-z-]+\/[a-z-]+-writes\.ts$/.test(path) && path !== "lib/audit/places.ts",
      // Whatever the port is called there: an array is given one value, a repository a revision and a branch.
      /\.push\(\s*[\w.]+,|\.(?:commit|restart|giveUp)\(|\{[^{}]*\b(?:push|commit|restart|giveUp)\b[^{}]*\} = (?!await import)/g,
    ),
    broken: [
      { path: "lib/promotions/operations.ts", text: "await repository.push(revision, branch);\n" },
      { path: "lib/promotions/queries.ts", text: "await repositoryOf(runtime, platform).push(revision, branch);\n" },
      { path: "lib/drift/queries.ts", text: "const { push } = origin;\n" },
      { path: "lib/restarts/operations.ts", text: "await there.giveUp(actor, workload, mark, signal);\n" },
      { path: "app/a/actions.ts", text: "await runtime.clusters.get(id)?.restart(actor, workload, mark);\n" },
    ],
  },
  {
    sentence: "an examiner's verification needs neither the database nor the estate",
    offences: imports(
      (path) => VERIFICATION.includes(path),
      (target, _source, isType) =>
        isOwn(target) &&
        !isType &&
        !isPure(target) &&
        !VERIFICATION.includes(target) &&
        target !== "lib/platform/digest.ts",
    ),
    broken: [{ path: "lib/audit/pack-verify.ts", text: 'import { listAudit } from "./store.ts";\n' }],
  },
  {
    sentence: "what is made for tests is imported by tests alone",
    offences: imports(
      () => true,
      (target) => target.startsWith("lib/testing/") || (isInSystems(target) && basename(target) === "fake.ts"),
    ),
    broken: [
      { path: "lib/platform/wiring.ts", text: 'import { fakeCluster } from "#lib/systems/kubernetes/fake.ts";\n' },
    ],
  },
  {
    // instrumentation.ts asks for NEXT_RUNTIME, Next's own switch, which its bundler must see in the place.
    sentence: "process.env is read only in lib/platform/env.ts",
    offences: places(
      (path) => path !== "lib/platform/env.ts",
      /\bprocess\s*\.\s*env\b(?!\.NEXT_RUNTIME === "nodejs")|\bprocess\[|\{[^}]*\benv\b[^}]*\} = process\b/g,
    ),
    broken: [
      { path: "lib/platform/log.ts", text: "const level = process.env.LOG_LEVEL;\n" },
      { path: "app/page.tsx", text: "const { env } = process;\n" },
    ],
  },
  {
    sentence: 'every server-side file of lib starts with import "server-only"',
    offences: (sources) =>
      sources
        .filter(({ path }) => path.startsWith("lib/") && !isPure(path) && basename(path) !== "fake.ts")
        .filter(({ code }) => !code.trimStart().startsWith('import "server-only";\n'))
        .map(({ path }) => `${path}:1 does not`),
    broken: [{ path: "lib/requests/store.ts", text: 'import * as z from "zod";\nimport "server-only";\n' }],
  },
  {
    sentence: "every export of an actions.ts is an async function that calls runAction once",
    offences: wrongActions,
    broken: [
      { path: "app/a/actions.ts", text: '"use server";\nexport async function go() {\n  return 1;\n}\n' },
      {
        path: "app/a/actions.ts",
        text: '"use server";\nexport async function go() {\n  runAction(a);\n  runAction(b);\n}\n',
      },
      { path: "app/a/actions.ts", text: '"use server";\nexport const go = runAction(a);\n' },
      { path: "app/a/actions.ts", text: "export async function go() {\n  return runAction(a);\n}\n" },
    ],
  },
  {
    sentence: 'server actions stand only in files named actions.ts, so "use server" does too',
    offences: places((path) => !/^app\/.*\/?actions\.ts$/.test(path), /"use server"/g),
    broken: [{ path: "app/page.tsx", text: 'async function act() {\n  "use server";\n}\n' }],
  },
  {
    sentence: "there is no default export outside app",
    offences: places((path) => !path.startsWith("app/"), /\bexport default\b|\bexport \{[^}]*\bas default\b/g),
    broken: [{ path: "lib/quotas/model.ts", text: "export default 1;\n" }],
  },
  {
    sentence: "no folder is named utils, helpers, common, shared or misc",
    offences: (sources) =>
      sources
        .filter(({ path }) =>
          dirname(path)
            .split("/")
            .some((name) => /^(utils?|helpers?|common|shared|misc)$/.test(name)),
        )
        .map(({ path }) => `${path}:1 lies in one`),
    broken: [{ path: "lib/utils/strings.ts", text: "" }],
  },
];

function toSource(path: string, text: string): Source {
  return { path, text, code: withoutComments(text) };
}

function readSources(): Source[] {
  const inFolders = FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => posix.join(folder, path)),
  );
  return [...inFolders, ...NEXT_ENTRIES]
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .filter((path) => !path.startsWith("prisma/generated/") && !path.startsWith("lib/testing/"))
    .map((path) => toSource(path, readFileSync(join(ROOT, path), "utf8")));
}

const sources = readSources();

describe("the house keeps its arrows:", () => {
  for (const { sentence, offences, broken } of RULES) {
    it(sentence, () => {
      expect(offences(sources), sentence).toEqual([]);
    });

    it(`a file that breaks it is named with its line: ${sentence}`, () => {
      for (const { path, text } of broken) {
        const named = expect.stringMatching(new RegExp(`^${path}:\\d+ `));
        expect(offences([toSource(path, text)]), text).toEqual([named]);
      }
    });
  }

  it("every form of import is read, with its line, and none that stands in a comment", () => {
    const text = [
      'import "server-only";',
      'import type { A } from "./a.ts";',
      "import {",
      "  type B,",
      "  C,",
      '} from "#lib/b/model.ts";',
      'export * from "../c.ts";',
      'export { D } from "d";',
      'const e = await import("node:fs");',
      '// import { F } from "f";',
      '/** import "g"; */',
    ].join("\n");
    expect(importsOf(toSource("lib/x/y.ts", text))).toEqual([
      { line: 1, target: "server-only", isType: false },
      { line: 2, target: "lib/x/a.ts", isType: true },
      { line: 3, target: "lib/b/model.ts", isType: false },
      { line: 7, target: "lib/c.ts", isType: false },
      { line: 8, target: "d", isType: false },
      { line: 9, target: "node:fs", isType: false },
    ]);
  });

  it("finds the files of every folder it speaks about", () => {
    const folders = new Set(sources.map(({ path }) => path.split("/")[0]));
    expect([...folders].sort()).toEqual([...FOLDERS, ...NEXT_ENTRIES].sort());
    expect(sources.length).toBeGreaterThan(100);
  });
});
