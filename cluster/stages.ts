import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";

/** "general": pods take their time, like a kubelet's. "fast": the same, with next to no waiting. */
export type StagePace = "general" | "fast";

/** The label of a pod template that makes its pods fail, and what it may be set to. */
export const failureLabel = "kwok.gatehouse.dev/failure";
export type FailureKind = "image-pull" | "crash-loop" | "never-ready" | "job";

/** The annotation of a pod template that holds what its pods leave as their termination message. */
export const lastWordsAnnotation = "kwok.gatehouse.dev/last-words";

const stageFiles = ["node.yaml", "pod.yaml", "pod-failures.yaml"];
const fastDivisor = 20;

const stageShape = z.looseObject({
  kind: z.literal("Stage"),
  spec: z.looseObject({
    resourceRef: z.looseObject({ kind: z.string() }),
    delay: z
      .looseObject({ durationMilliseconds: z.number(), jitterDurationMilliseconds: z.number().optional() })
      .optional(),
  }),
});
type Stage = z.infer<typeof stageShape>;

/** What kwok is to do with nodes and pods, as one YAML stream, read from `cluster/stages/`. */
export async function stagesFor(pace: StagePace): Promise<string> {
  const stages: Stage[] = [];
  for (const file of stageFiles) {
    const text = await readFile(join(import.meta.dirname, "stages", file), "utf8");
    stages.push(...parseAllDocuments(text).map((document) => stageShape.parse(document.toJS())));
  }
  return stages.map((stage) => stringify(pace === "fast" ? hastened(stage) : stage)).join("---\n");
}

/** Only pods are hastened: a node's heartbeat twenty times as often would be load without a purpose. */
function hastened(stage: Stage): Stage {
  const { delay } = stage.spec;
  if (delay === undefined || stage.spec.resourceRef.kind !== "Pod") {
    return stage;
  }
  const jitterDurationMilliseconds = (delay.jitterDurationMilliseconds ?? delay.durationMilliseconds) / fastDivisor;
  const durationMilliseconds = delay.durationMilliseconds / fastDivisor;
  const whole = {
    durationMilliseconds: Math.round(durationMilliseconds),
    jitterDurationMilliseconds: Math.round(jitterDurationMilliseconds),
  };
  return { ...stage, spec: { ...stage.spec, delay: whole } };
}
