// What retrospectives asked for and nobody has done yet, the most urgent first: from where, whose, by when, which plans carry it.
import { Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconClockExclamation } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useMay } from "@/api/may";
import { openActions } from "@/api/planBook";
import { useActionDone } from "@/api/plans";
import type { OpenAction } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Press } from "@/parts/Press";
import { isOverdue } from "./form";
import { today } from "./Turns";

export function OpenActions() {
  const read = useQuery(openActions());
  return (
    <Read of={read}>
      {({ actions }) =>
        actions.length === 0 ? (
          <Empty title="Nothing is open" command={'tidegate plan retrospective action 2.1.0 "Soak a day" --owner ann'}>
            What a retrospective asks for stands here until it is done there, or in a plan that carries it.
          </Empty>
        ) : (
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Open actions">
            {actions.map((one) => <li key={`${one.from}/${one.id}`}><Row one={one} /></li>)}
          </Stack>
        )
      }
    </Read>
  );
}

function Row({ one: { from, id, text, owner, due, carried_by: carried } }: { one: OpenAction }) {
  const may = useMay()("sign");
  const done = useActionDone(from);
  return (
    <Group justify="space-between" align="flex-start" gap="xs">
      <Stack gap={0} flex="1 1 16rem" miw={0}>
        <Group gap={8}>
          <Text size="sm" fw={600} className="tg-break">{text}</Text>
          {isOverdue(due, today()) && <Mark sign={IconClockExclamation} word="overdue" tone="bad" />}
        </Group>
        <Text size="xs" c="dimmed" className="tg-break" component="div">
          {owner ?? "nobody owns it"}{due && `, due ${due}`}, from the <Link className="tg-link" to="/plans/$version" params={{ version: from }} search={{ tab: "retrospective" }}>retrospective of {from}</Link>
          {carried.length > 0 && <>, carried by {carried.map((version, index) => <Fragment key={version}>{index > 0 && ", "}<Link className="tg-link" to="/plans/$version" params={{ version }} search={{ tab: "retrospective" }}>{version}</Link></Fragment>)}</>}
        </Text>
      </Stack>
      {may && <Press label={`Done: ${text}`} icon={<IconCheck size={14} aria-hidden />} done={`“${text}” is done.`} act={() => done(id, true)}>Done</Press>}
    </Group>
  );
}
