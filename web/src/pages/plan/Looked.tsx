// What the record says of a release, and what people said: filled by the server, written here.
import { Group, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { IconMessagePlus, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { retrospective as retrospectiveQuery, retrospectiveAt, useActionDone, useLookBack } from "@/api/plans";
import type { Plan, Retrospective } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { FormModal } from "@/parts/FormModal";
import { Read, Section } from "@/parts/Page";
import { Press } from "@/parts/Press";
import { Scroll } from "@/parts/Scroll";
import { exact, span } from "@/parts/time";
import { idFrom } from "./document";
import { Said } from "./Said";

/** Lines of a text, without those that say nothing. */
const linesOf = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

const figure = (value: number | null | undefined): string => (value === null || value === undefined ? "none" : value.toFixed(2).replace(/\.?0+$/, ""));

export function Looked({ plan, may }: { plan: Plan; may: boolean }) {
  const read = useQuery(retrospectiveQuery(plan.version));
  return (
    <Read of={read}>
      {(found) => (
        <Stack gap="xl">
          <Words plan={plan} found={found} may={may} />
          <Record found={found} />
        </Stack>
      )}
    </Read>
  );
}

function Words({ plan, found, may }: { plan: Plan; found: Retrospective; may: boolean }) {
  const none = found.summary === "" && found.went_well.length === 0 && found.to_improve.length === 0;
  return (
    <>
      <Section title="What people say" aside={may && <Say plan={plan} found={found} />}>
        {none ? (
          <Empty title="Nothing is said yet">What went well, and what to improve.</Empty>
        ) : (
          <Stack gap="xs">
            {found.summary !== "" && <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{found.summary}</Text>}
            <Listed title="What went well" lines={found.went_well} />
            <Listed title="What to improve" lines={found.to_improve} />
            <Said said={found.said} prefix="Written by " />
          </Stack>
        )}
      </Section>
      <Section title="Actions of this retrospective" aside={may && <AddAction plan={plan} found={found} />}>
        {found.actions.length === 0 ? (
          <Text size="sm" c="dimmed">None yet. What is open here can be carried into the next plan.</Text>
        ) : (
          <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-label="Actions of this retrospective">
            {found.actions.map((one) => (
              <li key={one.id}>
                <Group gap="xs" align="flex-start">
                  <Text size="sm" flex="1 1 16rem" miw={0} className="tg-break">
                    <b>{one.done ? "Done: " : "Open: "}</b>{one.text}
                    <Text component="span" size="xs" c="dimmed"> ({one.owner}{one.due ? `, due ${one.due}` : ""})</Text>
                  </Text>
                  {may && <Tick plan={plan} id={one.id} done={one.done === true} text={one.text} />}
                </Group>
              </li>
            ))}
          </Stack>
        )}
      </Section>
    </>
  );
}

function Listed({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>{title}</Text>
      <ul className="tg-steps">{lines.map((line, index) => <li key={index}><Text size="sm" className="tg-break">{line}</Text></li>)}</ul>
    </div>
  );
}

/** What stands, to be sent again with what changes. */
const stands = ({ summary, went_well, to_improve, actions }: Retrospective) => ({ summary, went_well, to_improve, actions });

function Say({ plan, found }: { plan: Plan; found: Retrospective }) {
  const write = useLookBack(plan.version);
  const [summary, setSummary] = useState("");
  const [well, setWell] = useState("");
  const [improve, setImprove] = useState("");
  return (
    <FormModal
      label="Say something" title="Looking back" send="Keep it" done="It is kept." icon={<IconMessagePlus size={14} aria-hidden />} button={{ size: "xs" }} of={retrospectiveAt(plan.version)} size="lg"
      begin={() => {
        setSummary(found.summary);
        setWell(found.went_well.join("\n"));
        setImprove(found.to_improve.join("\n"));
      }}
      act={(headers) => write({ ...stands(found), summary: summary.trim(), went_well: linesOf(well), to_improve: linesOf(improve) }, headers)}
    >
      <Textarea label="In a few words" autosize minRows={2} maxRows={12} maxLength={10_000} value={summary} onChange={(event) => setSummary(event.currentTarget.value)} data-autofocus />
      <Textarea label="What went well" description="Each on a line of its own" autosize minRows={3} maxRows={12} value={well} onChange={(event) => setWell(event.currentTarget.value)} />
      <Textarea label="What to improve" description="Each on a line of its own" autosize minRows={3} maxRows={12} value={improve} onChange={(event) => setImprove(event.currentTarget.value)} />
    </FormModal>
  );
}

function AddAction({ plan, found }: { plan: Plan; found: Retrospective }) {
  const write = useLookBack(plan.version);
  const [text, setText] = useState("");
  const [owner, setOwner] = useState("");
  const [due, setDue] = useState("");
  return (
    <FormModal
      label="Add something to do" title="Something to do" send="Add it" done="It is kept." icon={<IconPlus size={14} aria-hidden />} button={{ size: "xs" }} of={retrospectiveAt(plan.version)}
      begin={() => {
        setText("");
        setOwner("");
        setDue("");
      }}
      act={(headers) => {
        const action = { id: idFrom(text, found.actions.map(({ id }) => id)), text: text.trim(), owner: owner.trim() || null, due: due || null, done: false };
        return write({ ...stands(found), actions: [...found.actions, action] }, headers);
      }}
    >
      <TextInput label="What" required maxLength={300} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
      <TextInput label="Who owns it" required maxLength={300} description="A role or a person" value={owner} onChange={(event) => setOwner(event.currentTarget.value)} />
      <TextInput label="Due" type="date" value={due} onChange={(event) => setDue(event.currentTarget.value)} />
    </FormModal>
  );
}

function Tick({ plan, id, done, text }: { plan: Plan; id: string; done: boolean; text: string }) {
  const say = useActionDone(plan.version);
  const words = done ? "Not done after all" : "Done";
  return <Press act={() => say(id, !done)} label={`${words}: ${text}`} button={{ size: "compact-xs" }}>{words}</Press>;
}

function Record({ found }: { found: Retrospective }) {
  const { timeline, waits, rollbacks, incidents, measures, compared_with, feedback } = found;
  return (
    <>
      <Section title="Timeline">
        {timeline.length === 0 ? (
          <Text size="sm" c="dimmed">Nothing happened yet.</Text>
        ) : (
          <Stack component="ol" gap={2} m={0} p={0} style={{ listStyle: "none" }} aria-label="Timeline">
            {timeline.map((line, index) => (
              <li key={index}>
                <Text size="sm" className="tg-break">
                  <Text component="span" size="xs" c="dimmed">{exact(line.at_ms)} </Text>
                  {line.environment && <b>{line.environment}: </b>}{line.what}{line.who && ` (${line.who})`}
                </Text>
              </li>
            ))}
          </Stack>
        )}
      </Section>
      <Section title="What it waited for">
        {waits.length === 0 ? (
          <Text size="sm" c="dimmed">No gate kept it waiting.</Text>
        ) : (
          <ul className="tg-steps">
            {waits.map((wait) => <li key={`${wait.environment}/${wait.gate}`}><Text size="sm">{wait.gate} before {wait.environment}: {span(wait.waited_ms)}{wait.open ? ", and it is still closed" : ""}</Text></li>)}
          </ul>
        )}
      </Section>
      {rollbacks.length + incidents.length > 0 && (
        <Section title="Rollbacks and incidents">
          <ul className="tg-steps">
            {rollbacks.map((back, index) => <li key={index}><Text size="sm" className="tg-break">{exact(back.at_ms)}, went back in {back.environment}: {back.why}{back.took_ms == null ? "" : `, back after ${span(back.took_ms)}`}</Text></li>)}
            {incidents.map((one, index) => <li key={`incident-${index}`}><Text size="sm" className="tg-break">{exact(one.at_ms)}, incident: {one.what}, {one.resolved_ms == null ? "not resolved yet" : `resolved after ${span(one.resolved_ms - one.at_ms)}`}</Text></li>)}
          </ul>
        </Section>
      )}
      <Section title="Measures">
        {measures.length === 0 ? (
          <Text size="sm" c="dimmed">It has not reached users yet.</Text>
        ) : (
          <Scroll label="Measures, scrolls">
            <Table aria-label="Measures against the releases before">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Measure</Table.Th>
                  <Table.Th scope="col">This release</Table.Th>
                  {compared_with.map((release) => <Table.Th scope="col" key={release}>{release}</Table.Th>)}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {measures.map((one) => (
                  <Table.Tr key={one.measure}>
                    <Table.Th scope="row">{one.measure} ({one.unit})</Table.Th>
                    <Table.Td>{figure(one.this)}</Table.Td>
                    {one.before.map((value, index) => <Table.Td key={index}>{figure(value)}</Table.Td>)}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
        {feedback && <Text size="sm" mt="xs">{feedback.count} answers of users{feedback.average == null ? "" : `, ${figure(feedback.average)} of 5 on average`}.</Text>}
      </Section>
    </>
  );
}
