"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { whyOf } from "#components/access/why.ts";
import { usePerson } from "#components/live/live-provider.tsx";
import type { ServerAction } from "#components/live/use-action.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { PersonRow } from "#lib/access/queries.ts";
import type { EndSessionsInput } from "#lib/access/schema.ts";
import { roleWords, standingWords } from "./people-words.ts";

// What is not looked at is not loaded.
const EndSessionsDialog = dynamic(() => import("./end-sessions-dialog.tsx").then((file) => file.EndSessionsDialog));

type PeopleViewProps = Readonly<{
  people: readonly PersonRow[];
  endSessions: ServerAction<EndSessionsInput, null>;
}>;

/** Who has signed in, what they may do where, and the end of their sessions. */
export function PeopleView({ people, endSessions }: PeopleViewProps): ReactNode {
  const router = useRouter();
  const [ending, setEnding] = useState<PersonRow>();
  const close = () => setEnding(undefined);
  return (
    <>
      <Lead title="People">{standingWords(people)}</Lead>
      <Panel title="Who has signed in" hint="by name">
        {people.length === 0 ? (
          <Empty title="Nobody has signed in yet">Whoever signs in stands here with their groups and roles.</Empty>
        ) : (
          <Table
            caption="Who has signed in"
            columns={[
              { label: "Who", width: "180px" },
              { label: "Groups" },
              { label: "Roles" },
              { label: "Last sign-in", width: "120px" },
              { label: "Sessions", hidden: true, align: "right", width: "132px" },
            ]}
          >
            {people.map((person) => (
              <PersonLine key={person.account} person={person} onEnd={() => setEnding(person)} />
            ))}
          </Table>
        )}
      </Panel>
      {ending === undefined ? null : (
        <EndSessionsDialog
          account={ending.account}
          decision={ending.mayEndSessions}
          endSessions={endSessions}
          onClose={close}
          onDone={() => {
            close();
            router.refresh();
          }}
        />
      )}
    </>
  );
}

function PersonLine({ person, onEnd }: Readonly<{ person: PersonRow; onEnd: () => void }>): ReactNode {
  const isMe = usePerson().account === person.account;
  const { mayEndSessions } = person;
  return (
    <tr data-top>
      <Cell label="Who" header>
        <span className="inline-flex flex-wrap items-center gap-2 outside">
          {person.account}
          {isMe ? <Tag>you</Tag> : null}
        </span>
      </Cell>
      <Cell label="Groups">
        <span className="outside text-dim">{person.groups.join(", ") || "none"}</span>
      </Cell>
      <Cell label="Roles">
        <span className="flex flex-col card:items-end">
          {roleWords(person.grants).map((words) => (
            <span key={words}>{words}</span>
          ))}
        </span>
      </Cell>
      <Cell label="Last sign-in">
        <Age at={person.lastSignInAt} />
      </Cell>
      <Cell label="" align="right">
        <Button
          small
          variant="danger-outline"
          {...whyOf(mayEndSessions)}
          aria-label={`End sessions of ${person.account}`}
          onClick={onEnd}
        >
          End sessions
        </Button>
      </Cell>
    </tr>
  );
}
