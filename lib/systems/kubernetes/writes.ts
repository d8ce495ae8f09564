import "server-only";
import type { IncomingMessage } from "node:http";
import type { Decision } from "#lib/access/model.ts";
import { ask, isSuccess, readJson, type Send } from "./api-server.ts";
import {
  ClusterError,
  clusterErrorFromCutWrite,
  clusterErrorFromFailure,
  clusterErrorFromRefusedWrite,
} from "./errors.ts";
import {
  type Access,
  type Actor,
  accessToRestart,
  type Mark,
  type Marked,
  type Restarted,
  type SeenVersion,
  type WorkloadName,
} from "./port.ts";
import { accessReview, decisionOf, givenUpPatch, messageOfStatus, restartPatch, toMarked } from "./translate-acting.ts";

const ASK_DEADLINE_MS = 10_000;
const WRITE_DEADLINE_MS = 15_000;
/** https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-representations */
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** See ClusterPort. */
export async function mayAct(send: Send, actor: Actor, access: Access, signal: AbortSignal): Promise<Decision> {
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const call = { method: "POST", path, body: accessReview(actor, access) } as const;
  return askFor(send, call, (answer) => decisionOf(answer, actor, access), signal);
}

/** See ClusterPort. */
export async function findMark(send: Send, workload: WorkloadName, signal: AbortSignal): Promise<Marked> {
  const call = { method: "GET", path: pathOf(workload), headers: { Accept: METADATA_ONLY } } as const;
  return askFor(send, call, toMarked, signal);
}

async function askFor<Answer>(
  send: Send,
  call: Parameters<typeof ask>[1],
  read: (answer: unknown) => Answer,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await ask(send, call, AbortSignal.any([signal, AbortSignal.timeout(ASK_DEADLINE_MS)]));
  try {
    return read(await readJson(response));
  } catch (failure) {
    throw clusterErrorFromFailure(failure);
  }
}

type Marking = Readonly<{ workload: SeenVersion; mark: Mark }>;

/** See ClusterPort. */
export async function restart(send: Send, actor: Actor, wanted: Marking, signal: AbortSignal): Promise<Restarted> {
  const before = await findDone(send, wanted, signal);
  if (before !== undefined) {
    return before;
  }
  try {
    const { generation } = await patch(
      send,
      actor,
      wanted.workload,
      restartPatch(wanted.workload, wanted.mark),
      signal,
    );
    return { isChanged: true, generation };
  } catch (failure) {
    // An earlier call of which nobody heard may have arrived between the look and the patch, and be what moved it.
    const done = isMoved(failure) ? await findDone(send, wanted, signal) : undefined;
    if (done === undefined) {
      throw failure;
    }
    return done;
  }
}

/** See ClusterPort. */
export async function giveUp(
  send: Send,
  actor: Actor,
  { workload, mark }: Marking,
  signal: AbortSignal,
): Promise<void> {
  await patch(send, actor, workload, givenUpPatch(workload, mark), signal);
}

function isMoved(failure: unknown): boolean {
  return failure instanceof ClusterError && failure.code === "moved";
}

async function findDone(send: Send, { workload, mark }: Marking, signal: AbortSignal): Promise<Restarted | undefined> {
  const marked = await findMark(send, workload, signal);
  const isDone = marked.uid === workload.uid && marked.operationId === mark.operationId;
  return isDone ? { isChanged: false, generation: marked.generation } : undefined;
}

async function patch(
  send: Send,
  actor: Actor,
  workload: SeenVersion,
  body: unknown,
  signal: AbortSignal,
): Promise<Marked> {
  const call = {
    method: "PATCH",
    path: `${pathOf(workload)}?fieldManager=gatehouse`,
    headers: { Accept: METADATA_ONLY, "Content-Type": "application/merge-patch+json" },
    actor,
    body,
  } as const;
  try {
    const response = await send(call, AbortSignal.any([signal, AbortSignal.timeout(WRITE_DEADLINE_MS)]));
    if (!isSuccess(response)) {
      throw await refusalOf(response, actor);
    }
    return toMarked(await readJson(response));
  } catch (failure) {
    throw clusterErrorFromCutWrite(failure);
  }
}

async function refusalOf(response: IncomingMessage, actor: Actor): Promise<ClusterError> {
  const status = response.statusCode ?? 0;
  const retryAfter = response.headers["retry-after"];
  const message = await readJson(response).then(messageOfStatus, () => "");
  return clusterErrorFromRefusedWrite({ status, message, retryAfter }, actor.user);
}

function pathOf(workload: WorkloadName): string {
  const { group, resource, namespace, name } = accessToRestart(workload);
  return `/apis/${group}/v1/namespaces/${segment(namespace)}/${resource}/${segment(name)}`;
}

/** One segment of a path; `.` and `..`, which a URL would resolve, are no names in Kubernetes either. */
function segment(name: string): string {
  if (name === "" || name === "." || name === "..") {
    throw new ClusterError("rejected", "a name of the workload cannot be one in Kubernetes");
  }
  return encodeURIComponent(name);
}
