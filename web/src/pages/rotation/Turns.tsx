// Whose turn it is to manage a release: who is next and why, the order, who is away, who had the role before.
import { ActionIcon, Badge, Button, Card, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { planRotation, ROTATION_AT } from "@/api/planBook";
import { plans } from "@/api/plans";
import type { PlanRotation } from "@/api/types";
import { serverNow } from "@/live/clock";
import { touched } from "@/live/touched";
import { Said } from "@/pages/plan/Said";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { FormModal } from "@/parts/FormModal";
import { Read, Section } from "@/parts/Page";
import { added, awayWords, formOf, moved, requestOf, type TurnsForm } from "./form";

export const today = (): string => new Date(serverNow()).toISOString().slice(0, 10);

export function Turns() {
  const [{ plan = "" }, put] = useAddress();
  const read = useQuery({ ...planRotation(plan || undefined), placeholderData: (before) => before });
  const known = useQuery(plans()).data?.items ?? [];
  const may = useMay()("create-release");
  return (
    <Read of={read}>
      {(turns) =>
        turns.people.length === 0 ? (
          <Empty title="Nobody takes turns yet" command="tidegate plan rotation set ann bob cid">
            Say who manages releases in turn. Next is who has not had the role for the longest time; a plan that begins from a template gets that person.
            {may && <Group mt="xs"><TurnsEditor turns={turns} /></Group>}
          </Empty>
        ) : (
          <Stack gap="xl">
            <Section title="Next" aside={<NativeSelect size="xs" aria-label="For which time" value={plan} onChange={(event) => put({ plan: event.currentTarget.value })} data={[{ value: "", label: "today" }, ...known.map(({ version }) => ({ value: version, label: `in the time of ${version}` }))]} />}>
              <Card padding="sm" role="status">
                <Text fw={600}>{turns.next ?? "Nobody is there"}</Text>
                <Text size="sm" c="dimmed" className="tg-break">As {turns.role}: {turns.why}.</Text>
                {turns.passed_over.map(({ person, away }) => <Text key={person} size="sm" className="tg-break">{person} is passed over, away from {away.from} to {away.until}, and stays first in line.</Text>)}
              </Card>
            </Section>
            <Section title="Order" aside={may && <TurnsEditor turns={turns} />}>
              <Stack component="ol" gap={4} m={0} pl="lg" aria-label="Who takes turns">
                {turns.people.map((person) => {
                  const away = awayWords(turns.away[person] ?? [], today());
                  return <li key={person}><Group gap="xs"><Text size="sm">{person}</Text>{person === turns.next && <Badge>next</Badge>}{away && <Text size="xs" c="dimmed">away {away}</Text>}</Group></li>;
                })}
              </Stack>
              <Said said={turns.said} prefix="Said by " />
            </Section>
            <Section title="Who had the role">
              {turns.before.length === 0 ? <Text size="sm" c="dimmed">Nobody yet, in a plan that was not cancelled.</Text> : <Text size="sm" className="tg-break">{turns.before.join(", ")}; the newest plan first.</Text>}
            </Section>
          </Stack>
        )
      }
    </Read>
  );
}

function TurnsEditor({ turns }: { turns: PlanRotation }) {
  const old = useOld();
  const [form, setForm] = useState<TurnsForm>(() => formOf(turns));
  const [name, setName] = useState("");
  const put = (part: Partial<TurnsForm>) => setForm((before) => ({ ...before, ...part }));
  const { people, away } = form;
  const add = () => {
    put({ people: added(people, name) });
    setName("");
  };
  return (
    <FormModal
      label={turns.people.length === 0 ? "Say who takes turns" : "Change"} title="Who takes turns" send="Keep it" done="It is kept." icon={<IconPencil size={14} aria-hidden />} button={{ size: "xs" }} of={ROTATION_AT} size="lg"
      begin={() => {
        setForm(formOf(turns));
        setName("");
      }}
      act={async (headers) => {
        // A name that was typed and not added yet is meant, too.
        await api.PUT("/api/v1/plan-rotation", { body: requestOf({ ...form, people: added(people, name) }), headers });
        await old(...touched("plan-book"));
      }}
    >
      <TextInput label="Role" description="By its id in plans" placeholder="release-manager" value={form.role} onChange={(event) => put({ role: event.currentTarget.value })} />
      <Stack gap={6} role="group" aria-label="People, in the order in which they begin">
        <Text size="sm" fw={500}>People, in the order in which they begin</Text>
        {people.map((person, index) => (
          <Group key={person} gap={6} wrap="nowrap">
            <Text size="sm" flex={1} miw={0} className="tg-break">{index + 1}. {person}</Text>
            <ActionIcon variant="default" aria-label={`${person} earlier`} disabled={index === 0} onClick={() => put({ people: moved(people, index, -1) })}><IconArrowUp size={15} /></ActionIcon>
            <ActionIcon variant="default" aria-label={`${person} later`} disabled={index === people.length - 1} onClick={() => put({ people: moved(people, index, 1) })}><IconArrowDown size={15} /></ActionIcon>
            <ActionIcon variant="default" aria-label={`Take ${person} out`} onClick={() => put({ people: people.filter((one) => one !== person), away: away.filter((one) => one.person !== person) })}><IconTrash size={15} /></ActionIcon>
          </Group>
        ))}
        <Group gap={6} align="flex-end">
          <TextInput
            label="One more" description="The name by which they sign in" data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} flex={1}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || name.trim() === "") return;
              event.preventDefault();
              add();
            }}
          />
          <Button variant="default" leftSection={<IconPlus size={14} aria-hidden />} disabled={name.trim() === ""} onClick={add}>Add</Button>
        </Group>
      </Stack>
      <Stack gap={6} role="group" aria-label="Away">
        <Text size="sm" fw={500}>Away</Text>
        {away.map((one, index) => {
          const change = (part: Partial<typeof one>) => put({ away: away.map((each, at) => (at === index ? { ...each, ...part } : each)) });
          return (
            <Group key={index} gap={6} align="flex-end">
              <NativeSelect label="Who" data={people} value={one.person} onChange={(event) => change({ person: event.currentTarget.value })} flex="1 1 120px" />
              <TextInput type="date" label="From" required value={one.from} onChange={(event) => change({ from: event.currentTarget.value })} />
              <TextInput type="date" label="Until" value={one.until} onChange={(event) => change({ until: event.currentTarget.value })} />
              <ActionIcon variant="default" size={36} aria-label={`Take the absence of ${one.person} away`} onClick={() => put({ away: away.filter((_, at) => at !== index) })}><IconTrash size={15} /></ActionIcon>
            </Group>
          );
        })}
        <Group><Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />} disabled={people.length === 0} onClick={() => put({ away: [...away, { person: people[0] ?? "", from: "", until: "" }] })}>Add an absence</Button></Group>
      </Stack>
      <TextInput label="Why" maxLength={300} value={form.note} onChange={(event) => put({ note: event.currentTarget.value })} />
    </FormModal>
  );
}
