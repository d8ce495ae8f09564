import type { ReactNode } from "react";
import { countWords, listWords } from "#components/requests/request-words.ts";
import { Digest } from "#components/ui/digest.tsx";
import { Elided } from "#components/ui/elided.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Fact } from "#components/ui/rows.tsx";
import type { RestartPlan } from "#lib/restarts/model.ts";
import { orderWords } from "./restart-words.ts";

type RestartPlanViewProps = Readonly<{
  plan: RestartPlan;
  digest: string;
  /** What the digest stands for here, such as "exactly this is approved". */
  digestIs: string;
}>;

/** What a restart does, to what, and in whose name. */
export function RestartPlanView({ plan, digest, digestIs }: RestartPlanViewProps): ReactNode {
  const { workload, actor } = plan;
  return (
    <Panel
      title="What is restarted"
      hint={
        <>
          {digestIs}: <Digest value={digest} />
        </>
      }
    >
      <ul className="divide-y divide-line">
        <Fact name="Workload" detail={`in cluster ${plan.cluster}, as long as it is this very object`}>
          <span className="break-all font-mono text-small">
            {workload.kind} {workload.namespace}/{workload.name}
          </span>
        </Fact>
        <Fact name="Pods" detail={orderWords(plan)}>
          {countWords(plan.pods, "pod")}
        </Fact>
        {workload.images.map(({ container, image }) => (
          <Fact key={container} name={`Image of ${container}`}>
            <span className="break-all font-mono text-small">
              <Elided text={image} />
            </span>
          </Fact>
        ))}
        <Fact
          name="In the name of"
          detail="the cluster's own rules decide whether they may, and its audit log names them"
        >
          <strong className="text-text">{actor.user}</strong>
          {actor.groups.length === 0 ? ", in no group" : `, of ${listWords(actor.groups)}`}
        </Fact>
      </ul>
    </Panel>
  );
}
