import "server-only";
import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { configVariable } from "#lib/platform/env.ts";
import {
  type ObjectStoreCall,
  ObjectStoreError,
  objectStoreErrorFromAnswer,
  objectStoreErrorFromFailure,
} from "./errors.ts";
import type { BucketConfig, BucketKeeping, BucketPort, StoredVersion } from "./port.ts";
import { toErrorCode, toKeepsVersions, toLock, toVersionPage } from "./translate.ts";

/** What lies outside: replaced in tests. */
export type BucketLimits = Readonly<{ pageSize: number; deadlineMs: number }>;

const LIMITS: BucketLimits = { pageSize: 1000, deadlineMs: 10_000 };

type Asked = Readonly<{
  method: "GET" | "PUT";
  key?: string;
  parameters?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  text?: string;
  /** The permission that it needs, as S3 calls it. */
  right: string;
  /** Whether an error, by its status and S3's code, is an answer. */
  isAnswer?: (status: number, said: string) => boolean;
}>;
/** `said` is S3's code where the answer is an error. */
type Answer = Readonly<{ said: string | undefined; text: string }>;
type Ask = (asked: Asked) => Promise<Answer>;

/** Opens a bucket; connects to nothing yet. The addresses have the bucket in their path, which every store serves. */
export function openBucket(config: BucketConfig, limits: BucketLimits = LIMITS): BucketPort {
  const name = `bucket ${config.bucket} at ${config.endpoint}`;
  const ask: Ask = (asked) => request(config, name, limits.deadlineMs, asked);
  return {
    name,
    create: (key, text) => create(ask, key, text),
    async versions(prefix, after) {
      const parameters = {
        versions: "",
        prefix,
        "max-keys": String(limits.pageSize),
        "encoding-type": "url",
        ...(after && { "key-marker": after.key, "version-id-marker": after.versionId }),
      };
      const { text } = await ask({ method: "GET", parameters, right: "s3:ListBucketVersions" });
      const page = translated(name, "a listing of versions", () => toVersionPage(text));
      if (after !== undefined && page.next?.key === after.key && page.next.versionId === after.versionId) {
        throw new ObjectStoreError("unexpected", `${name} lists the same page again`);
      }
      return page;
    },
    read: (version) => read(ask, version),
    keeping: () => keeping(ask, name),
  };
}

async function create(ask: Ask, key: string, text: string): Promise<boolean> {
  const { said } = await ask({
    method: "PUT",
    key,
    text,
    headers: {
      "If-None-Match": "*",
      "Content-Type": "application/json",
      // A bucket that locks what is written takes nothing without it.
      "Content-MD5": createHash("md5").update(text).digest("base64"),
    },
    right: "s3:PutObject",
    // The second: somebody else is writing the same key at this moment.
    isAnswer: (status, said) => status === 412 || said === "ConditionalRequestConflict",
  });
  return said === undefined;
}

async function read(ask: Ask, { key, versionId, isLatest }: StoredVersion): Promise<string> {
  // Where a store has never kept versions, not every one knows that its only one is called so.
  const parameters = versionId === "null" && isLatest ? {} : { versionId };
  return (await ask({ method: "GET", key, parameters, right: "s3:GetObjectVersion" })).text;
}

async function keeping(ask: Ask, name: string): Promise<BucketKeeping> {
  const versioning = await ask({ method: "GET", parameters: { versioning: "" }, right: "s3:GetBucketVersioning" });
  const lock = await ask({
    method: "GET",
    parameters: { "object-lock": "" },
    right: "s3:GetBucketObjectLockConfiguration",
    isAnswer: (_status, said) => said === "ObjectLockConfigurationNotFoundError",
  });
  return translated(name, "what it keeps", () => ({
    keepsVersions: toKeepsVersions(versioning.text),
    lock: lock.said === undefined ? toLock(lock.text) : undefined,
  }));
}

function translated<Result>(name: string, what: string, translate: () => Result): Result {
  try {
    return translate();
  } catch (cause) {
    throw new ObjectStoreError("unexpected", `${name} does not answer with ${what} as S3 does`, { cause });
  }
}

async function request(config: BucketConfig, name: string, deadlineMs: number, asked: Asked): Promise<Answer> {
  const { method, key = "", parameters = {}, headers, text, right, isAnswer } = asked;
  const url = new URL(`${config.endpoint}/${config.bucket}${key === "" ? "" : `/${key}`}`);
  url.search = new URLSearchParams(parameters).toString();
  const what = `${method} ${key === "" ? `?${Object.keys(parameters)[0]}` : key}`;
  const call: ObjectStoreCall = { bucket: name, what, right };
  const init = {
    method,
    headers: {
      ...headers,
      "X-Amz-Content-Sha256": createHash("sha256")
        .update(text ?? "")
        .digest("hex"),
    },
    ...(text === undefined ? {} : { body: text }),
  };
  const signed = await signerFor(config).sign(url, init);
  const { status, answer } = await send(url, { ...init, headers: signed.headers }, call, deadlineMs);
  if (status >= 200 && status < 300) {
    return { said: undefined, text: answer };
  }
  const said = toErrorCode(answer);
  if (isAnswer?.(status, said) === true) {
    return { said, text: answer };
  }
  throw objectStoreErrorFromAnswer(call, status, said);
}

async function send(
  url: URL,
  init: RequestInit,
  call: ObjectStoreCall,
  deadlineMs: number,
): Promise<{ status: number; answer: string }> {
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    // A signature holds for one address alone, so going where a redirect leads would only be refused there.
    const response = await fetch(url, { ...init, signal, redirect: "manual", cache: "no-store" });
    return { status: response.status, answer: await response.text() };
  } catch (failure) {
    throw objectStoreErrorFromFailure(call, failure);
  }
}

function signerFor({ region, credentials }: BucketConfig): AwsClient {
  const sessionToken = configVariable(credentials.sessionToken);
  return new AwsClient({
    accessKeyId: needed(credentials.accessKeyId),
    secretAccessKey: needed(credentials.secretAccessKey),
    ...(sessionToken ? { sessionToken } : {}),
    service: "s3",
    region,
  });
}

function needed(variable: string): string {
  const value = configVariable(variable);
  if (!value) {
    throw new ObjectStoreError(
      "denied",
      `the environment variable ${variable} is not set; expected the bucket's credentials`,
    );
  }
  return value;
}
