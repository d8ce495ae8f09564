import { ArrowRight } from "lucide-react";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { countWords, listWords } from "#components/requests/request-words.ts";
import { Age } from "#components/ui/age.tsx";
import { Digest } from "#components/ui/digest.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Fact } from "#components/ui/rows.tsx";
import { StatusMark, Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import { type Evidence, findingSentence, findingsOf } from "#lib/promotions/evidence.ts";
import type { ChangePlan, PlannedCommit, ServiceChange } from "#lib/promotions/model.ts";
import { amountWords, type Headroom } from "#lib/quotas/model.ts";
import { parseImage } from "#lib/releases/image.ts";

// It stands below what one came for, so that the page works without it.
const Diff = dynamic(() => import("#components/ui/diff.tsx").then((file) => file.Diff));

type ServicesProps = Readonly<{
  plan: ChangePlan;
  digest: string;
  /** What the digest stands for here, such as "exactly this is approved". */
  digestIs: string;
  isRollback: boolean;
}>;

/** The services that a plan touches, riskiest first. */
export function PlanServices({ plan, digest, digestIs, isRollback }: ServicesProps): ReactNode {
  return (
    <Panel
      title={isRollback ? "What comes back" : "What changes"}
      hint={
        <>
          {digestIs}: <Digest value={digest} />
        </>
      }
      aside={plan.services.length > 1 ? <Tag>riskiest first</Tag> : null}
    >
      {plan.services.length === 0 ? (
        <PanelBody dim>No service changes; only files that are not deployed.</PanelBody>
      ) : (
        <Table
          caption="Services touched"
          columns={[
            { label: "Service" },
            { label: "Release" },
            { label: "Commits", align: "right" },
            { label: "Why it may hurt", width: "40%" },
            { label: "Objects", align: "right" },
          ]}
        >
          {plan.services.map((service) => (
            <tr key={service.service}>
              <Cell label="" header>
                {service.service}
              </Cell>
              <Cell label="Release">
                <Images images={service.images} />
              </Cell>
              <Cell label="Commits" align="right">
                {service.commits}
              </Cell>
              <Cell label="Why it may hurt">
                <Risk service={service} isRollback={isRollback} />
              </Cell>
              <Cell label="Objects" align="right">
                {service.objects}
              </Cell>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Images({ images }: Readonly<{ images: ServiceChange["images"] }>): ReactNode {
  if (images.length === 0) {
    return <span className="text-faint">same image</span>;
  }
  return (
    <span className="flex flex-col">
      {images.map((image) => (
        <span
          key={image.container}
          className="inline-flex items-center gap-1.5 font-mono text-small"
          title={`${image.from ?? "nothing"}\n→ ${image.to ?? "nothing"}`}
        >
          <span className="text-dim">{versionOf(image.from)}</span>
          <ArrowRight aria-label="becomes" size={12} className="flex-none text-faint" />
          <span>{versionOf(image.to)}</span>
        </span>
      ))}
    </span>
  );
}

function versionOf(image: string | undefined): string {
  if (image === undefined) {
    return "none";
  }
  const parsed = parseImage(image);
  return parsed.tag ?? parsed.digest?.slice(0, 19) ?? "untagged";
}

function Risk({ service, isRollback }: Readonly<{ service: ServiceChange; isRollback: boolean }>): ReactNode {
  const [migration] = service.migrations;
  if (migration !== undefined) {
    const number = /(\d+)[^/]*$/.exec(migration)?.[1] ?? migration;
    const words = isRollback
      ? "has run and stays: the older version must read the newer schema"
      : "changes the database; rolling back does not undo it";
    return (
      <span className="inline-flex flex-wrap items-center gap-x-2 card:justify-end">
        <Tag kind="look" shape title={migration}>
          migration {number}
        </Tag>
        {words}
      </span>
    );
  }
  if (service.images.length > 0) {
    return isRollback ? "the older code again" : "other code";
  }
  return "settings only";
}

/** What changes in each object, as the repository has it before and after. */
export function PlanObjects({ plan }: Readonly<{ plan: ChangePlan }>): ReactNode {
  if (plan.objects.length === 0) {
    return null;
  }
  return (
    <section aria-label="Manifest differences" className="flex flex-col gap-5.5">
      {plan.objects.map((object) => (
        <Diff
          key={object.key}
          path={`${object.kind} ${plan.environment}/${object.name}`}
          title={
            <span className="inline-flex items-center gap-2">
              {object.service ?? object.name}
              {object.change === "changed" ? null : (
                <Tag kind={object.change === "removed" ? "broken" : "plain"}>{object.change}</Tag>
              )}
            </span>
          }
          lines={object.lines}
        />
      ))}
    </section>
  );
}

type EvidenceProps = Readonly<{
  /** Undefined in what was asked for before it was kept. */
  evidence: readonly Evidence[] | undefined;
  isRollback: boolean;
}>;

const EVIDENCE_TONES = { passed: "fine", failed: "look", unknown: "unknown" } as const;

/** What speaks for a change, as it was found when it was planned; what is not known says so. */
export function PlanEvidence({ evidence, isRollback }: EvidenceProps): ReactNode {
  return (
    <Panel title="Evidence" hint="as it was found when this was planned; agreed to with it">
      {evidence === undefined ? (
        <PanelBody dim>This was asked for before evidence was kept.</PanelBody>
      ) : evidence.length === 0 ? (
        <PanelBody dim>No service is touched that could show anything.</PanelBody>
      ) : (
        <ul aria-label="Evidence" className="divide-y divide-line">
          {findingsOf(evidence).map((one) => (
            <Fact
              key={`${one.state} ${one.source} ${one.item}`}
              mark={<StatusMark tone={EVIDENCE_TONES[one.state]} />}
              name={findingSentence(one)}
            >
              {one.state === "unknown" ? <Unknown>not known</Unknown> : one.state}
            </Fact>
          ))}
        </ul>
      )}
      {evidence === undefined || isRollback ? null : (
        <PanelBody dim>
          If something that passed no longer holds when it is approved or started, the request is void.
        </PanelBody>
      )}
    </Panel>
  );
}

type CommitsProps = Readonly<{ commits: readonly PlannedCommit[]; title: string; hint: string }>;

/** Commits with everyone who wrote them. */
export function PlanCommits({ commits, title, hint }: CommitsProps): ReactNode {
  if (commits.length === 0) {
    return (
      <Panel title={title}>
        <PanelBody dim>Git names no commit between the two.</PanelBody>
      </Panel>
    );
  }
  return (
    <Panel title={title} hint={hint}>
      <Table
        caption={title}
        columns={[
          { label: "Revision", width: "92px" },
          { label: "Subject" },
          { label: "Touches" },
          { label: "Authors" },
          { label: "Age", align: "right" },
        ]}
      >
        {commits.map((commit) => (
          <tr key={commit.revision}>
            <Cell label="" mono>
              <span title={commit.revision}>{commit.revision.slice(0, 8)}</span>
            </Cell>
            <Cell label="" header>
              <span className="font-normal">{commit.subject}</span>
            </Cell>
            <Cell label="Touches">{listWords(commit.services) || <span className="text-faint">no service</span>}</Cell>
            <Cell label="Authors">
              {listWords(commit.people.map((person) => person.name))}
              {commit.triggeredBy.length === 0 ? null : ` for ${listWords(commit.triggeredBy.map(({ name }) => name))}`}
            </Cell>
            <Cell label="Age" align="right" faint>
              <Age at={commit.at} form="bare" />
            </Cell>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

type RoomProps = Readonly<{
  plan: ChangePlan;
  headroom: readonly Headroom[];
  /** Whether the cluster answers; what was free before it fell silent says nothing. */
  isSeen: boolean;
}>;

const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  cpu: "CPU",
  "requests.cpu": "CPU",
  memory: "memory",
  "requests.memory": "memory",
  pods: "pods",
};

/** Whether the quota has room for the pods that the rolling update adds at once. */
export function SurgeRoom({ plan, headroom, isSeen }: RoomProps): ReactNode {
  const known = isSeen ? headroom : headroom.map((one) => ({ ...one, requested: undefined, fits: undefined }));
  const surge = `${countWords(plan.surge.pods, "pod")} more at once`;
  return (
    <Panel title="Room for the surge" hint={surge}>
      <ul className="divide-y divide-line">
        {headroom.length === 0 ? <Fact name="No quota limits pods here">–</Fact> : null}
        {known.map((one) => (
          <Fact
            key={`${one.quota} ${one.resource}`}
            mark={<StatusMark tone={one.fits === undefined ? "unknown" : one.fits ? "fine" : "broken"} />}
            name={RESOURCE_NAMES[one.resource] ?? one.resource}
            detail={one.fits === false ? "the rollout will be stuck until there is room" : undefined}
          >
            {roomWords(one)}
          </Fact>
        ))}
      </ul>
    </Panel>
  );
}

function roomWords(one: Headroom): string {
  const needed = amountWords(one.resource, one.needed, false);
  if (one.requested === undefined) {
    return `needs ${needed}, free not known`;
  }
  return `needs ${needed} of ${amountWords(one.resource, one.hard - one.requested, true)} free`;
}
