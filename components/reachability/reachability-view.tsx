"use client";

import type { ReactNode } from "react";
import { useUrlState } from "#components/live/use-url-state.ts";
import { TopologyFrame } from "#components/topology/topology-frame.tsx";
import { useTopology } from "#components/topology/use-topology.ts";
import { Unread } from "#components/ui/answer.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Empty } from "#components/ui/empty.tsx";
import { UnknownNotices } from "#components/ui/notice.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Rows } from "#components/ui/rows.tsx";
import { StatusMark, Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { Path } from "#lib/reachability/model.ts";
import type { TopologySearch } from "#lib/routes.ts";
import {
  isWrong,
  type Matrix,
  type MatrixCell,
  matrixOf,
  reachabilityWords,
  type SeenPaths,
  uncheckedOf,
} from "./reachability-words.ts";

/** More columns than this are a wall: the list below says the same. */
const WIDEST_MATRIX = 24;

type ReachabilityViewProps = Readonly<{ environment: EnvironmentRow; search: TopologySearch }>;

/** Who may reach whom in an environment by its cluster's NetworkPolicies, and what should be otherwise. */
export function ReachabilityView({ environment, search }: ReachabilityViewProps): ReactNode {
  const { item, error } = useTopology(environment.id, undefined);
  if (item === undefined) {
    return (
      <TopologyFrame environment={environment} search={search}>
        <Unread error={error} rows={8} />
      </TopologyFrame>
    );
  }
  const { title, lead } = reachabilityWords(item);
  const unchecked = uncheckedOf(item.findings);
  return (
    <TopologyFrame environment={environment} search={search} title={title} lead={lead}>
      <div className="flex flex-col gap-5.5">
        <UnknownNotices sentences={item.unknown} />
        {unchecked.length === 0 ? null : <UncheckedPanel findings={unchecked} />}
        <Paths paths={item.reachability} unchecked={unchecked.length} isKnown={item.unknown.length === 0} />
      </div>
    </TopologyFrame>
  );
}

/** Forbidden paths that lead from nothing or to nothing that is seen: a name may be misspelt, or what it means is gone. */
function UncheckedPanel({ findings }: Readonly<{ findings: SeenPaths["findings"] }>): ReactNode {
  return (
    <Panel title="Forbidden paths that are not checked" hint={findings.length}>
      <Rows label="Forbidden paths that are not checked">
        {findings.map(({ subject, message }) => (
          <li key={subject} className="flex gap-2 px-3.5 py-2" data-unchecked={subject}>
            <span className="flex h-5 flex-none items-center">
              <StatusMark tone="unknown" />
            </span>
            <span className="min-w-0 outside">{message}</span>
          </li>
        ))}
      </Rows>
    </Panel>
  );
}

type PathsProps = Readonly<{ paths: readonly Path[]; unchecked: number; isKnown: boolean }>;

/** The paths as a matrix and as a list of the same, each with the rule that decides it. */
function Paths({ paths, unchecked, isKnown }: PathsProps): ReactNode {
  const [chosen, choose] = useUrlState("path");
  if (paths.length === 0) {
    return (
      <Panel title="Who may reach whom">
        <Empty title="There is no path to look at">
          {isKnown
            ? "No workload of this environment names a port, and no Service leads to one."
            : "What its services may reach is not known."}
        </Empty>
      </Panel>
    );
  }
  const matrix = matrixOf(paths);
  const [from = "", to = ""] = chosen?.split(" ") ?? [];
  const cell = chosen === undefined ? undefined : matrix.cell(from, to);
  return (
    <div className="flex flex-col gap-5.5">
      {matrix.to.length > WIDEST_MATRIX ? null : <MatrixPanel matrix={matrix} chosen={chosen} onChoose={choose} />}
      <PathsPanel
        paths={cell === undefined ? worthALine(paths) : cell.paths}
        total={paths.length}
        unchecked={unchecked}
        title={cell === undefined ? "Paths that somebody speaks of" : `${from} → ${to}`}
        onAll={cell === undefined ? undefined : () => choose(undefined)}
      />
    </div>
  );
}

/** What is wrong first, then what is forbidden or needed; all else stands in the matrix. */
function worthALine(paths: readonly Path[]): readonly Path[] {
  return paths
    .filter((path) => path.mustBe !== null)
    .sort((a, b) => badness(b) - badness(a) || a.from.localeCompare(b.from));
}

function badness(path: Path): number {
  return isWrong(path) ? 2 : Number(path.open === null);
}

type MatrixPanelProps = Readonly<{
  matrix: Matrix;
  chosen: string | undefined;
  onChoose: (path: string | undefined) => void;
}>;

function MatrixPanel({ matrix, chosen, onChoose }: MatrixPanelProps): ReactNode {
  return (
    <Panel
      title="Who may reach whom"
      hint="by the NetworkPolicies of the cluster; choose a field for its rules"
      aside={<Legend />}
    >
      <div className="overflow-x-auto max-phone:hidden">
        <table className="text-small">
          <caption className="sr-only">From the row to the column</caption>
          <thead>
            <tr>
              <th scope="col" className="px-3.5 py-2 text-left font-normal text-faint">
                from ↓ to →
              </th>
              {matrix.to.map((to) => (
                <th key={to} scope="col" className="h-40 px-1 pb-2 align-bottom font-normal text-dim">
                  <span
                    className="inline-block max-h-38 overflow-hidden text-ellipsis whitespace-nowrap [writing-mode:sideways-lr]"
                    title={to}
                  >
                    {shortName(to, matrix.to)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.from.map((from) => (
              <tr key={from} className="border-line border-t">
                <th scope="row" className="max-w-60 truncate px-3.5 py-0.5 text-left font-normal" title={from}>
                  {from}
                </th>
                {matrix.to.map((to) => (
                  <td key={to} className="p-0.5 text-center">
                    <Field cell={matrix.cell(from, to)} chosen={chosen} onChoose={onChoose} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="hidden px-3.5 py-3 text-dim max-phone:block">
        The matrix is shown on wider screens; the list below has what counts.
      </p>
    </Panel>
  );
}

type FieldProps = Readonly<{
  cell: MatrixCell;
  chosen: string | undefined;
  onChoose: (path: string | undefined) => void;
}>;

function Field({ cell, chosen, onChoose }: FieldProps): ReactNode {
  if (cell.tone === "none") {
    return null;
  }
  const name = `${cell.from} ${cell.to}`;
  const isChosen = name === chosen;
  return (
    <button
      type="button"
      aria-label={cell.words}
      aria-pressed={isChosen}
      title={cell.words}
      onClick={() => onChoose(isChosen ? undefined : name)}
      className={classNames(
        "inline-flex size-6 items-center justify-center rounded-tag hover:bg-hover",
        isChosen && "outline-2 outline-accent",
      )}
    >
      {cell.tone === "closed" ? <span className="text-faint">–</span> : <StatusMark tone={cell.tone} />}
    </button>
  );
}

function Legend(): ReactNode {
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1 text-small">
      <span className="inline-flex items-center gap-1.5">
        <StatusMark tone="fine" /> open
      </span>
      <span className="inline-flex items-center gap-1.5">– closed</span>
      <span className="inline-flex items-center gap-1.5">
        <StatusMark tone="unknown" /> not known
      </span>
      <span className="inline-flex items-center gap-1.5">
        <StatusMark tone="broken" /> otherwise than it must be
      </span>
    </span>
  );
}

/** `live/ledger` is told by its last part, but where another namespace has one of that name. */
function shortName(end: string, all: readonly string[]): string {
  const short = end.split("/").at(-1) ?? end;
  return all.some((other) => other !== end && other.endsWith(`/${short}`)) ? end : short;
}

type PathsPanelProps = Readonly<{
  paths: readonly Path[];
  total: number;
  /** Forbidden paths that are told elsewhere. */
  unchecked: number;
  title: string;
  onAll: (() => void) | undefined;
}>;

function PathsPanel({ paths, total, unchecked, title, onAll }: PathsPanelProps): ReactNode {
  return (
    <Panel
      title={title}
      hint={`${paths.length} of ${total}`}
      aside={
        onAll === undefined ? null : (
          <button type="button" className="link" onClick={onAll}>
            all that somebody speaks of
          </button>
        )
      }
    >
      {paths.length === 0 ? (
        <PanelBody dim>
          {unchecked === 0 ? (
            <>
              gatehouse.yaml forbids no path here (<code className="font-mono">forbiddenPaths</code>)
            </>
          ) : (
            "No path that gatehouse.yaml forbids here has been checked"
          )}
          , and nothing is known to need one.
        </PanelBody>
      ) : (
        <Table
          caption={title}
          columns={[
            { label: "Path" },
            { label: "Port", align: "right", width: "90px" },
            { label: "Is", width: "110px" },
            { label: "Must be", width: "34%" },
            { label: "By", width: "26%" },
          ]}
        >
          {paths.map((path) => (
            <PathRow key={`${path.from} ${path.to} ${path.port} ${path.protocol}`} path={path} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function OpenTag({ path }: Readonly<{ path: Path }>): ReactNode {
  if (path.open === null) {
    return <Unknown because={path.by}>not known</Unknown>;
  }
  return (
    <Tag kind={isWrong(path) ? "broken" : "plain"} shape={isWrong(path)}>
      {path.open ? "open" : "closed"}
    </Tag>
  );
}

function PathRow({ path }: Readonly<{ path: Path }>): ReactNode {
  return (
    <tr data-path={`${path.from} ${path.to} ${path.port}`}>
      <Cell label="" header>
        {path.from} → {path.to}
      </Cell>
      <Cell label="Port" align="right">
        {path.port}
        {path.protocol === "TCP" ? "" : ` ${path.protocol}`}
      </Cell>
      <Cell label="Is">
        <OpenTag path={path} />
      </Cell>
      <Cell label="Must be">
        {path.mustBe === null ? (
          <span className="text-faint">nobody says</span>
        ) : (
          <span>
            {path.mustBe}: <span className="text-dim">{path.why}</span>
          </span>
        )}
      </Cell>
      <Cell label="By">
        <span className="text-dim outside">{path.by}</span>
      </Cell>
    </tr>
  );
}
