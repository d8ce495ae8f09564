import { countOutcome, manifestFolders, objectsToApply, revisionAnnotation, type Target } from "./deployment.ts";
import { filesOfCommit } from "./git.ts";
import { runProgram } from "./program.ts";

/** What kubectl did in one deployment, in objects. */
export type Outcome = { applied: number; pruned: number };

type Settings = { repository: string; kubeconfig: string; kubectl: string; target: Target; signal: AbortSignal };

const kubectlTimeoutMs = 60_000;

/** The ConfigMap in each namespace by which kubectl knows what it has applied there, and so what to prune. */
const applySet = "deploy-workflow";

/** Brings one namespace to commits of its branch. */
export class Deployer {
  readonly #settings: Settings;
  /** The commit the namespace is at: null where it was not looked up yet, empty where none is whole. */
  #deployed: string | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Applies a commit, prunes what is gone, and marks the namespace with it last; a deployment cut off before is done again.
   * Returns null if the namespace is at that commit already. Safe to repeat.
   */
  async deploy(revision: string): Promise<Outcome | null> {
    const { repository, target } = this.#settings;
    this.#deployed ??= await this.#lookUpRevision();
    if (this.#deployed === revision) {
      return null;
    }
    const files = await filesOfCommit(repository, revision, manifestFolders(target.environment));
    const list = { apiVersion: "v1", kind: "List", items: objectsToApply(files, revision) };
    this.#deployed = "";
    const printed = await this.#kubectl(
      [
        ...["apply", "--server-side", "--force-conflicts", "--field-manager=deploy-workflow"],
        ...["--prune", `--applyset=configmaps/${applySet}`, "--filename=-"],
      ],
      JSON.stringify(list),
    );
    const mark = `${revisionAnnotation}=${revision}`;
    await this.#kubectl(["annotate", "configmap", applySet, mark, "--overwrite", "--field-manager=deploy-workflow"]);
    this.#deployed = revision;
    return countOutcome(printed);
  }

  async #lookUpRevision(): Promise<string> {
    const path = `{.metadata.annotations.${revisionAnnotation.replaceAll(".", "\\.")}}`;
    return this.#kubectl(["get", "configmap", applySet, "--ignore-not-found", `--output=jsonpath=${path}`]);
  }

  async #kubectl(args: readonly string[], input = ""): Promise<string> {
    const { kubeconfig, kubectl, target, signal } = this.#settings;
    const printed = await runProgram({
      program: kubectl,
      args: [...args, `--kubeconfig=${kubeconfig}`, `--namespace=${target.namespace}`],
      input,
      // Pruning by apply set is alpha in kubectl 1.36, and the only pruning there that sees server-side applied objects.
      environment: { KUBECTL_APPLYSET: "true" },
      timeoutMs: kubectlTimeoutMs,
      signal,
    });
    return printed.toString("utf8");
  }
}
