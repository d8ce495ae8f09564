import "server-only";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";
import { covers, grantsFor } from "#lib/access/policy.ts";
import { configVariable } from "#lib/platform/env.ts";
import type { BreakGlassRule, Freeze, PolicyRule } from "#lib/policies/model.ts";
import { USUAL_POSTURE } from "#lib/posture/model.ts";
import type {
  CheckpointPlace,
  Cluster,
  ComposeHost,
  Dependency,
  Environment,
  Estate,
  ForbiddenPath,
  PathEnd,
  Platform,
  RecordSettings,
} from "./model.ts";
import { composeHostClusterId } from "./model.ts";
import { EstateFile } from "./schema.ts";

/** gatehouse.yaml is wrong. Each problem says file, line, path and what was expected. */
export class EstateFileError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "EstateFileError";
    this.problems = problems;
  }
}

/** Reads and validates gatehouse.yaml. Throws EstateFileError naming every problem with its place. */
export function loadEstate(path: string): Estate {
  return parseEstate(readEstateFile(path), path, configVariable);
}

/** The text of gatehouse.yaml. Throws EstateFileError. */
export function readEstateFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new EstateFileError([
      `${path}: cannot be read (${code}). Expected a gatehouse.yaml; GATEHOUSE_CONFIG says where it is.`,
    ]);
  }
}

/** Parses the text of a gatehouse.yaml. `variable` answers what `${NAME}` stands for. */
export function parseEstate(text: string, path: string, variable: (name: string) => string | undefined): Estate {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new EstateFileError(
      document.errors.map((error) => {
        const at = lines.linePos(error.pos[0]);
        return `${path}:${at.line}:${at.col}: not YAML: ${error.message.split("\n")[0]}`;
      }),
    );
  }
  const problems: string[] = [];
  const at = (keys: readonly PropertyKey[]) => placeOf(document, lines, keys, path);
  const substituted = substitute(document.toJS(), [], variable, (keys, message) => {
    problems.push(`${at(keys)}: ${message}`);
  });
  const parsed = EstateFile.safeParse(substituted);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${at(placeOfIssue(issue))}: ${sayIssue(issue)}`));
    throw new EstateFileError(problems);
  }
  const wrong = [...wrongReferences(parsed.data), ...unsetCredentials(parsed.data, variable)];
  problems.push(...wrong.map((problem) => `${at(problem.keys)}: ${problem.message}`));
  if (problems.length > 0) {
    throw new EstateFileError(problems);
  }
  return toEstate(parsed.data, dirname(resolve(path)));
}

type EnvironmentEntry = EstateFile["platforms"][number]["environments"][number];
type Problem = { keys: readonly PropertyKey[]; message: string };

function placeOf(document: Document, lines: LineCounter, keys: readonly PropertyKey[], path: string): string {
  for (let length = keys.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) {
      const position = lines.linePos(node.range[0]);
      return `${path}:${position.line}:${position.col}: ${spellPath(keys)}`;
    }
  }
  return `${path}:1:1: ${spellPath(keys)}`;
}

function spellPath(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) {
    return "the file";
  }
  return keys
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function placeOfIssue(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  return unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
}

function sayIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `unknown ${issue.keys.length > 1 ? "keys" : "key"} ${issue.keys.map((key) => `"${key}"`).join(", ")}; expected only the keys the documentation names`;
  }
  if (issue.code === "invalid_value") {
    return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  return issue.message;
}

function substitute(
  value: unknown,
  keys: readonly PropertyKey[],
  variable: (name: string) => string | undefined,
  report: (keys: readonly PropertyKey[], message: string) => void,
): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (whole, name: string) => {
      const found = variable(name);
      if (found === undefined) {
        report(keys, `the environment variable ${name} is not set; expected a value for ${whole}`);
      }
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => substitute(item, [...keys, index], variable, report));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, substitute(item, [...keys, key], variable, report)]),
    );
  }
  return value;
}

function wrongReferences(file: EstateFile): Problem[] {
  const clusterIds = file.clusters.map((cluster) => cluster.id);
  return [
    ...repeated(clusterIds, (index) => ["clusters", index, "id"]),
    ...repeated(
      file.composeHosts.map((host) => host.id),
      (index) => ["composeHosts", index, "id"],
    ),
    ...repeated(
      file.platforms.map((platform) => platform.id),
      (index) => ["platforms", index, "id"],
    ),
    ...repeated(
      file.access.accounts.map((account) => account.account),
      (index) => ["access", "accounts", index, "account"],
    ),
    ...file.clusters.flatMap((cluster, index) =>
      repeated(cluster.impersonate?.groups ?? [], (position) => ["clusters", index, "impersonate", "groups", position]),
    ),
    ...file.platforms.flatMap((platform, index) =>
      wrongInPlatform(platform, index, { clusterIds, hostIds: file.composeHosts.map((host) => host.id) }),
    ),
    ...sharedNamespaces(file),
    ...uncoveredPatterns(file),
  ];
}

/** A pattern that no environment matches is a slip of the pen, and what it was meant for goes without. */
function uncoveredPatterns(file: EstateFile): Problem[] {
  const environmentIds = file.platforms.flatMap((platform) =>
    platform.environments.map((environment) => `${platform.id}/${environment.id}`),
  );
  const lists = [
    ...file.access.grants.map((grant, index) => ({ grant, keys: ["access", "grants", index] as const })),
    ...file.policies.map((grant, index) => ({ grant, keys: ["policies", index] as const })),
    ...file.breakGlass.map((grant, index) => ({ grant, keys: ["breakGlass", index] as const })),
  ];
  return lists.flatMap(({ grant, keys }) =>
    grant.environments.flatMap((pattern, position) =>
      environmentIds.some((id) => covers(pattern, id))
        ? []
        : [
            {
              keys: [...keys, "environments", position],
              message: `"${pattern}" matches no environment; expected * or one of ${environmentIds.join(", ")}`,
            },
          ],
    ),
  );
}

function wrongInPlatform(
  platform: EstateFile["platforms"][number],
  index: number,
  { clusterIds, hostIds }: Readonly<{ clusterIds: readonly string[]; hostIds: readonly string[] }>,
): Problem[] {
  const names = platform.environments.map((environment) => environment.id);
  const problems = repeated(names, (position) => ["platforms", index, "environments", position, "id"]);
  if (platform.repository !== undefined && platform.revisionAnnotation === undefined) {
    problems.push({
      keys: ["platforms", index, "repository"],
      message: "expected revisionAnnotation beside it, or nobody could say which commit runs",
    });
  }
  if (platform.repository !== undefined && platform.pipeline !== undefined) {
    problems.push({
      keys: ["platforms", index, "pipeline"],
      message: "expected no pipeline beside a repository, from which Gatehouse itself delivers",
    });
  }
  for (const [position, environment] of platform.environments.entries()) {
    const keys = ["platforms", index, "environments", position];
    problems.push(...wrongDelivery(platform, environment, keys), ...wrongPaths(environment, keys));
    if (environment.cluster !== undefined && !clusterIds.includes(environment.cluster)) {
      problems.push({ keys: [...keys, "cluster"], message: `expected one of the clusters: ${clusterIds.join(", ")}` });
    }
    if (environment.composeHost !== undefined && !hostIds.includes(environment.composeHost)) {
      problems.push({
        keys: [...keys, "composeHost"],
        message: `expected one of the Compose hosts: ${hostIds.join(", ") || "there is none in composeHosts"}`,
      });
    }
    if (
      environment.after !== undefined &&
      (!names.includes(environment.after) || environment.after === environment.id)
    ) {
      problems.push({
        keys: [...keys, "after"],
        message: `expected another environment of this platform: ${names.filter((name) => name !== environment.id).join(", ")}`,
      });
    } else if (isInCircle(platform.environments, environment.id)) {
      problems.push({ keys: [...keys, "after"], message: "expected an order of promotion; this comes back to itself" });
    }
  }
  return problems;
}

/** A branch, its folders and the repository are of no use without one another. */
function wrongDelivery(
  { repository }: EstateFile["platforms"][number],
  { branch, paths }: EnvironmentEntry,
  keys: readonly PropertyKey[],
): Problem[] {
  if (branch !== undefined && paths === undefined) {
    return [{ keys: [...keys, "branch"], message: "expected paths beside it, or neither" }];
  }
  if (paths !== undefined && branch === undefined) {
    return [{ keys: [...keys, "paths"], message: "expected branch beside it, or neither" }];
  }
  return branch !== undefined && repository === undefined
    ? [{ keys: [...keys, "branch"], message: "expected no branch: its platform has no repository" }]
    : [];
}

/** What an environment forbids or declares is shown in that environment, so one end of it must be there. */
function wrongPaths(environment: EnvironmentEntry, keys: readonly PropertyKey[]): Problem[] {
  const { namespaces } = groundOf(environment);
  const here = `expected one end in a namespace of this environment: ${namespaces.join(", ")}`;
  const isElsewhere = (place: string) => !namespaces.includes(place.split("/")[0] ?? "");
  return (["forbiddenPaths", "dependencies"] as const).flatMap((list) =>
    environment[list].flatMap(({ from, to }, position) =>
      isElsewhere(from) && isElsewhere(to) ? [{ keys: [...keys, list, position, "from"], message: here }] : [],
    ),
  );
}

/** An object in a namespace must belong to one environment, or nobody could say whose it is. */
function sharedNamespaces(file: EstateFile): Problem[] {
  const places = file.platforms.flatMap((platform, index) =>
    platform.environments.flatMap((environment, position) =>
      groundOf(environment).namespaces.map((namespace, at) => ({
        name: `${groundOf(environment).cluster}/${namespace}`,
        keys: [
          ...["platforms", index, "environments", position],
          ...[environment.composeHost === undefined ? "namespaces" : "projects", at],
        ],
      })),
    ),
  );
  return repeated(
    places.map((place) => place.name),
    (index) => places[index]?.keys ?? [],
  );
}

/** Whether following `after` from an environment comes back to it. */
function isInCircle(environments: readonly EnvironmentEntry[], start: string): boolean {
  let next = environments.find((one) => one.id === start)?.after;
  for (let steps = 0; next !== undefined && steps < environments.length; steps += 1) {
    if (next === start) {
      return true;
    }
    next = environments.find((one) => one.id === next)?.after;
  }
  return false;
}

function repeated(names: readonly string[], keysOf: (index: number) => readonly PropertyKey[]): Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ keys: keysOf(index), message: `"${name}" stands twice; expected each name once` }],
  );
}

function toEstate(file: EstateFile, folder: string): Estate {
  return {
    clusters: file.clusters.map(
      (cluster): Cluster => ({
        id: cluster.id,
        kubeconfigPath: cluster.kubeconfig === undefined ? undefined : resolve(folder, cluster.kubeconfig),
        context: cluster.context,
        impersonatedGroups: cluster.impersonate?.groups,
      }),
    ),
    composeHosts: file.composeHosts.map((host) => toComposeHost(host, folder)),
    platforms: file.platforms.map((platform) => toPlatform(platform, folder)),
    people: file.access.accounts.map((person) => ({ ...person, grants: grantsFor(file.access.grants, person.groups) })),
    oidc: file.access.oidc,
    roleGrants: file.access.grants,
    policies: file.policies.map(toPolicyRule),
    breakGlass: file.breakGlass.map(
      ({ environments, who, stepUp, lastsMinutes, review }): BreakGlassRule => ({
        environments,
        who,
        stepUp,
        lastsMs: lastsMinutes * 60_000,
        review,
      }),
    ),
    record: file.record === undefined ? undefined : toRecordSettings(file.record, folder),
  };
}

function toComposeHost(host: EstateFile["composeHosts"][number], folder: string): ComposeHost {
  if ("socket" in host) {
    return { id: host.id, socketPath: resolve(folder, host.socket) };
  }
  const { id, url, tls } = host;
  return {
    id,
    url,
    tls: {
      ca: resolve(folder, tls.ca),
      certificate: resolve(folder, tls.certificate),
      key: resolve(folder, tls.key),
    },
  };
}

function toRecordSettings(entry: NonNullable<EstateFile["record"]>, folder: string): RecordSettings {
  return {
    keyPath: resolve(folder, entry.key),
    earlierKeyPaths: entry.earlierKeys.map((path) => resolve(folder, path)),
    checkpoints: entry.checkpoints.map((place) => toCheckpointPlace(place, folder)),
    everyMs: entry.everySeconds * 1000,
    everyRows: entry.everyRows,
  };
}

type PlaceEntry = NonNullable<EstateFile["record"]>["checkpoints"][number];
type BucketEntry = Extract<PlaceEntry, { bucket: string }>;

function toCheckpointPlace(place: PlaceEntry, folder: string): CheckpointPlace {
  if ("folder" in place) {
    return { kind: "folder", path: resolve(folder, place.folder) };
  }
  if ("git" in place) {
    return { kind: "git", url: absoluteRepository(place.git, folder), branch: place.branch };
  }
  const { bucket, region, prefix, endpoint = `https://s3.${region}.amazonaws.com` } = place;
  return {
    kind: "bucket",
    endpoint: new URL(endpoint).origin,
    bucket,
    region,
    prefix,
    credentials: variablesOf(place),
  };
}

function variablesOf({ credentials }: BucketEntry): Extract<CheckpointPlace, { kind: "bucket" }>["credentials"] {
  return {
    accessKeyId: credentials?.accessKeyIdFrom ?? "AWS_ACCESS_KEY_ID",
    secretAccessKey: credentials?.secretAccessKeyFrom ?? "AWS_SECRET_ACCESS_KEY",
    sessionToken: credentials?.sessionTokenFrom ?? "AWS_SESSION_TOKEN",
  };
}

/** What a bucket's credentials would be read from and is not set. */
function unsetCredentials(file: EstateFile, variable: (name: string) => string | undefined): Problem[] {
  return (file.record?.checkpoints ?? []).flatMap((place, index) => {
    if (!("bucket" in place)) {
      return [];
    }
    const { accessKeyId, secretAccessKey } = variablesOf(place);
    const needed = [accessKeyId, secretAccessKey, place.credentials?.sessionTokenFrom].filter(
      (name) => name !== undefined,
    );
    return needed
      .filter((name) => !variable(name))
      .map((name) => ({
        keys: ["record", "checkpoints", index, "credentials"],
        message: `the environment variable ${name} is not set; expected the credentials of the bucket in it`,
      }));
  });
}

function toPolicyRule(entry: EstateFile["policies"][number]): PolicyRule {
  return {
    action: entry.action,
    environments: entry.environments,
    policy: {
      ask: entry.ask,
      agree: entry.agree.map((one) =>
        "role" in one
          ? { kind: "role", name: one.role, count: one.count }
          : { kind: "group", name: one.group, count: one.count },
      ),
      exclude: entry.exclude,
      stepUp: entry.stepUp,
      expiresAfterMs: entry.expiresAfterMinutes * 60_000,
      run: entry.run,
      tickets: entry.ticket === undefined ? [] : [entry.ticket],
      freezes: entry.freezes.map(
        ({ name, from, to }): Freeze => ({
          name,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        }),
      ),
    },
  };
}

function toPlatform(platform: EstateFile["platforms"][number], folder: string): Platform {
  return {
    id: platform.id,
    name: platform.name,
    repository: platform.repository && {
      url: absoluteRepository(platform.repository.url, folder),
      servicesPath: platform.repository.services,
      triggerTrailers: platform.repository.triggerTrailers,
    },
    revisionAnnotation: platform.revisionAnnotation,
    pipeline: platform.pipeline,
    thresholds: platform.thresholds,
    posture: [...new Set(platform.posture.flatMap((code) => (code === "usual" ? USUAL_POSTURE : code)))],
    labels: { team: platform.labels.team, product: platform.labels.product, role: platform.labels.role },
    prices: platform.prices && { ...platform.prices, storageGiBMonth: platform.prices.storageGiBMonth },
    stuckAfterMs: platform.rollout.stuckAfterSeconds * 1000,
    rolloutDeadlineMs: platform.rollout.deadlineSeconds * 1000,
    environments: platform.environments.map((environment) => toEnvironment(environment, platform.id)),
  };
}

/** A Compose host stands beside the clusters, and its projects are what namespaces are there. */
function groundOf({ cluster, namespaces, composeHost, projects }: EnvironmentEntry): {
  cluster: string;
  namespaces: readonly string[];
} {
  return composeHost === undefined
    ? { cluster: cluster ?? "", namespaces: namespaces ?? [] }
    : { cluster: composeHostClusterId(composeHost), namespaces: projects ?? [] };
}

function toEnvironment(environment: EnvironmentEntry, platformId: string): Environment {
  const { cluster, namespaces } = groundOf(environment);
  const [first, ...rest] = namespaces;
  if (first === undefined) {
    throw new TypeError("the schema lets no environment pass without a namespace");
  }
  return {
    id: `${platformId}/${environment.id}`,
    name: environment.id,
    platformId,
    tier: environment.tier,
    clusterId: cluster,
    namespaces: [first, ...rest],
    delivery:
      environment.branch === undefined || environment.paths === undefined
        ? undefined
        : { branch: environment.branch, paths: environment.paths },
    after: environment.after === undefined ? undefined : `${platformId}/${environment.after}`,
    isPlanned: environment.planned,
    forbiddenPaths: environment.forbiddenPaths.map(toForbiddenPath),
    dependencies: environment.dependencies.map(toDependency),
  };
}

function toForbiddenPath({
  from,
  to,
  port,
  exceptPorts = [],
  why,
}: EnvironmentEntry["forbiddenPaths"][number]): ForbiddenPath {
  return { from: toPathEnd(from), to: toPathEnd(to), port, exceptPorts, why };
}

function toDependency({ from, to, port }: EnvironmentEntry["dependencies"][number]): Dependency {
  return { from: toServicePlace(from), to: toServicePlace(to), port };
}

function toPathEnd(text: string): PathEnd {
  if (text === "outside") {
    return text;
  }
  const [namespace = "", service] = text.split("/");
  return { namespace, service };
}

function toServicePlace(text: string): Dependency["from"] {
  const [namespace = "", service = ""] = text.split("/");
  return { namespace, service };
}

function absoluteRepository(url: string, folder: string): string {
  const isRemote = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^[^/]+@[^/]+:/.test(url);
  return isRemote || isAbsolute(url) ? url : resolve(folder, url);
}
